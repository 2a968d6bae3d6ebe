"""What names the content of a suite version."""

import hashlib
from collections.abc import Sequence

import rfc8785

from corral.json_types import Json, JsonObject
from corral.suites.base import Task


def suite_digest(tasks: Sequence[Task]) -> str:
    """SHA-256, in hex, over the canonical JSON (RFC 8785) of the tasks in their order.

    Raises:
        ValueError: a task holds what canonical JSON can't (see `canonical_problem`).
    """
    content: list[Json] = [_task_json(task) for task in tasks]
    return hashlib.sha256(_canonical(content)).hexdigest()


def canonical_problem(value: Json) -> str | None:
    """Why a value has no canonical JSON, as the rest of a sentence; None: it has."""
    try:
        _canonical(value)
    except ValueError as error:
        return f"can't be kept: {error}"
    return None


def _canonical(value: Json) -> bytes:
    try:
        return bytes(rfc8785.dumps(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(f"{error}") from error
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error


def _task_json(task: Task) -> JsonObject:
    return {
        "key": task.key,
        "input": dict(task.input),
        "target": task.target,
        "scorer": task.scorer,
        "scorer_options": dict(task.scorer_options),
        "split": task.split.value,
        "weight": task.weight,
        "tags": list(task.tags),
    }
