"""What names the content of a suite version."""

import hashlib
from collections.abc import Sequence

import rfc8785

from corral.json_types import Json, JsonObject
from corral.suites.base import Task


def suite_digest(tasks: Sequence[Task]) -> str:
    """SHA-256, in hex, over the canonical JSON (RFC 8785) of the tasks in their order.

    A task without a cluster has no such field there: its digest is what it was before there were
    clusters.

    Raises:
        ValueError: a task holds what canonical JSON can't (see `canonical_problem`).
    """
    content: list[Json] = [task_json(task) for task in tasks]
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical_problem(value: Json) -> str | None:
    """Why a value has no canonical JSON, as the rest of a sentence; None: it has."""
    try:
        canonical(value)
    except ValueError as error:
        return f"can't be kept: {error}"
    return None


def canonical(value: Json) -> bytes:
    """The canonical JSON (RFC 8785) of a value, in UTF-8.

    Raises:
        ValueError: it has none.
    """
    try:
        return bytes(rfc8785.dumps(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(f"{error}") from error
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error


def task_json(task: Task) -> JsonObject:
    """A task as the object that digests and commitments are made of."""
    content: JsonObject = {
        "key": task.key,
        "input": dict(task.input),
        "target": task.target,
        "scorer": task.scorer,
        "scorer_options": dict(task.scorer_options),
        "split": task.split.value,
        "weight": task.weight,
        "tags": list(task.tags),
    }
    return content if task.cluster is None else {**content, "cluster": task.cluster}
