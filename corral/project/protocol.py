"""The lines that a program reads and writes, one JSON object each."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from corral.json_types import Json

MAX_DEPTH = 64
MAX_DIGITS = 100
MAX_KEY = 200
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program answered to the task with this key."""

    key: str
    output: Json


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no answer, and why; `key` where the line at least named its task."""

    reason: str
    key: str | None = None


class _Bad(Exception):
    pass


def encode_task(key: str, input: Mapping[str, Json]) -> bytes:
    """One line of ASCII, so that a program reads it right under any locale.

    Raises:
        ValueError: the input holds NaN or an infinity.
    """
    task = {"id": key, "input": dict(input)}
    return json.dumps(task, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def decode_answer(line: bytes) -> Answer | BadLine:
    """Read one line; never raises, whatever the bytes."""
    try:
        fields = _parse(line)
    except _Bad as bad:
        return BadLine(str(bad))
    key = fields.get("id")
    if not isinstance(key, str):
        return BadLine('the line has no "id", or one that is not a string')
    if len(key) > MAX_KEY or _unstorable(key):
        return BadLine('the line\'s "id" is not that of a task')
    if "output" not in fields:
        return BadLine('the line has no "output"', key)
    output = fields["output"]
    problem = _output_problem(output)
    return BadLine(problem, key) if problem else Answer(key, output)


def _parse(line: bytes) -> dict[str, Json]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Bad("the line is not UTF-8") from error
    if not text.strip():
        raise _Bad("the line is empty")
    try:
        fields = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except RecursionError as error:
        raise _Bad("the line nests too deeply") from error
    except ValueError as error:
        raise _Bad(f"the line is not JSON: {_excerpt(text)}") from error
    if not isinstance(fields, dict):
        raise _Bad(f"the line is not a JSON object: {_excerpt(text)}")
    return fields


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Bad("the line has the same key twice in one object")
    return fields


def _constant(name: str) -> NoReturn:
    raise _Bad(f"the line holds {name}, which is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Bad(f"the line holds a number of more than {MAX_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _Bad("the line holds a number that is too large")
    return value


def _output_problem(output: Json) -> str | None:
    """Deep nesting breaks whoever reads it next, and a database refuses the rest."""
    level: list[Json] = [output]
    for _ in range(MAX_DEPTH):
        if any(isinstance(one, str) and _unstorable(one) for one in level):
            return "the output holds a NUL or half of a surrogate pair"
        objects = [one for one in level if isinstance(one, dict)]
        if any(_unstorable(key) for one in objects for key in one):
            return "the output holds a NUL or half of a surrogate pair"
        level = [below for one in objects for below in one.values()] + [
            below for one in level if isinstance(one, list) for below in one
        ]
        if not level:
            return None
    return f"the output nests more than {MAX_DEPTH} levels deep"


def _unstorable(text: str) -> bool:
    return "\0" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text))


def _excerpt(text: str) -> str:
    short = text.strip()
    short = short if len(short) <= _SHOWN else short[: _SHOWN - 1] + "…"
    return json.dumps(short, ensure_ascii=False).replace("\x7f", "\\u007f")
