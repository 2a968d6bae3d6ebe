"""A right answer to a task, where one can be told."""

import json
from collections.abc import Mapping
from typing import cast

from corral.json_types import Json, JsonObject
from corral.suites.base import Task

_BY_TEXT = frozenset(
    ("exact", "includes", "choice", "f1", "rouge", "bleu", "chrf", "fuzzy", "math")
)


def reference_of(task: Task, references: Mapping[str, str]) -> str | None:
    """A right answer: the source's own, or one made of the target; None where neither can be."""
    if task.key in references:
        return references[task.key]
    if task.scorer in _BY_TEXT or (task.scorer == "regex" and "pattern" in task.scorer_options):
        return _first_text(task.target)
    if task.scorer == "numeric":
        return str(task.target)
    return _calls(task.target) if task.scorer == "function_call" else None


def _first_text(target: Json) -> str | None:
    first = target[0] if isinstance(target, list) and target else target
    return first if isinstance(first, str) else None


def _calls(target: Json) -> str:
    """The calls in JSON, of each parameter the first value that will do."""
    truths = cast("list[dict[str, dict[str, Json]]]", cast(JsonObject, target)["ground_truth"])
    return json.dumps(
        [{name: _given(answers) for name, answers in truth.items()} for truth in truths]
    )


def _given(answers: Mapping[str, Json]) -> JsonObject:
    """A parameter is left out only where nothing but "" will do."""
    given: JsonObject = {}
    for name, allowed in answers.items():
        values = allowed if isinstance(allowed, list) else [allowed]
        real = [value for value in values if value != ""]
        if real:
            given[name] = _plain(real[0])
    return given


def _plain(value: Json) -> Json:
    """Objects among the values have lists of values of their own."""
    if isinstance(value, dict):
        return _given(value)
    return [_plain(part) for part in value] if isinstance(value, list) else value
