"""JSON as a suite's files hold it: strictly read, every value with the line that it begins on."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import cast

from corral.json_types import Json, JsonObject

_SPACE = re.compile(r"[ \t\r\n]*")


class NotJson(ValueError):
    """A text that is no JSON, or is JSON that has two meanings; the message says why."""


def parse(text: str) -> Json:
    """The value of a JSON text without NaN, Infinity and fields that are there twice.

    Raises:
        NotJson: it isn't one; the message is the rest of a sentence that begins with the place.
    """
    value, end = _decoded(text, _after_space(text, 0))
    if text[_after_space(text, end) :]:
        raise NotJson("is not JSON: Extra data.")
    return value


def is_list(text: str) -> bool:
    """Whether a text begins as a JSON array does."""
    return text.startswith("[", _after_space(text, 0))


def elements(text: str) -> Iterator[tuple[int, Json]]:
    """Every element of a JSON array with its line, from 1.

    Raises:
        NotJson: when the place is reached.
    """
    at = _after_space(text, _after_space(text, 0) + 1)
    line, counted = 1, 0
    more = text[at : at + 1] != "]"
    while more:
        line, counted = line + text.count("\n", counted, at), at
        value, end = _decoded(text, at)
        yield line, value
        at = _after_space(text, end)
        more = text[at : at + 1] == ","
        at = _after_space(text, at + 1) if more else at
    if text[at : at + 1] != "]" or text[at + 1 :].strip():
        raise NotJson(f"is not JSON: the list does not end as it should, after line {line}.")


def _decoded(text: str, at: int) -> tuple[Json, int]:
    try:
        return cast("tuple[Json, int]", _DECODER.raw_decode(text, at))
    except NotJson:
        raise
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "a number or a nesting is too large")
        raise NotJson(f"is not JSON: {reason}.") from error


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise NotJson(f'the field "{twice}" is there twice.')
    return made


def _constant(name: str) -> Json:
    raise NotJson(f"holds {name}, which is not JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
