"""A suite's Jinja templates, rendered in Jinja's sandbox in a process of its own that has limits.

The sandbox keeps a template from Python's own objects; it does not keep it from counting to a
billion or from making a text of a gigabyte. The process is limited in processor time, memory and
output, and killed when its time is over.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from corral.json_types import JsonObject
from corral.suites.json_text import NotJson, parse

SECONDS = 60.0
MAX_TEXT = 1_000_000
_CHILD = Path(__file__).with_name("jinja_child.py")
_TOO_MUCH = "the templates take too much time or memory"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The texts of one row by their templates' names, or which template failed, and why."""

    texts: Mapping[str, str]
    failed: str | None = None
    why: str = ""


def render_rows(
    templates: Mapping[str, str], rows: Sequence[JsonObject], *, seconds: float = SECONDS
) -> list[Rendered]:
    """Every row's texts, in order; a template that can't be used fails on the first row.

    The last one in the list has failed if there are fewer than rows.
    """
    if not rows or not templates:
        return [Rendered({}) for _ in rows]
    order = json.dumps({"templates": dict(templates), "rows": list(rows), "most": MAX_TEXT})
    with tempfile.TemporaryFile() as out:
        # After a timeout, what is missing in its output says so.
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-I", "-B", str(_CHILD)],
                input=order.encode(),
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
                env={},
            )
        out.seek(0)
        results = list(_read(out.read().decode("utf-8", "replace")))
    broken = bool(results) and results[-1].failed is not None
    if len(results) < len(rows) and not broken:
        results.append(Rendered({}, next(iter(templates)), _TOO_MUCH))
    return results


def _read(text: str) -> Iterator[Rendered]:
    for line in text.splitlines():
        try:
            told = parse(line)
        except NotJson:
            return  # it was stopped in the middle of a line
        if not isinstance(told, dict):
            return
        texts = told.get("texts")
        if isinstance(texts, dict):
            yield Rendered({name: str(value) for name, value in texts.items()})
        else:
            yield Rendered({}, str(told.get("error")), str(told.get("why")))
