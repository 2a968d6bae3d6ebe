"""Whether a suite can be stored, run and scored: every problem at once, before anything is kept."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from catalogue.domain.judge import judge_problems
from corral.json_types import Json
from corral.scorers.judging import check_scoring
from corral.suites.base import LoadedSuite, Task
from corral.suites.digest import canonical_problem

SLUG = re.compile(r"[-a-zA-Z0-9_]{1,80}")
DIGEST = re.compile(r"([0-9a-f]{64})?")
MAX_CLUSTER = 64
LONGEST = {"name": 120, "licence": 80, "source": 300}


def suite_problems(loaded: LoadedSuite) -> list[str]:
    """One sentence for each thing wrong with a suite; empty when it can be imported."""
    judge = judge_problems(task.scorer for task in loaded.tasks)
    return [*_head(loaded), *judge, *_repeated(loaded.tasks), *_all_tasks(loaded.tasks)]


def _head(loaded: LoadedSuite) -> Iterator[str]:
    if not SLUG.fullmatch(loaded.slug):
        yield (
            "The suite's slug must be 1 to 80 letters, digits, hyphens or underscores, "
            f"not “{loaded.slug}”."
        )
    if not loaded.name.strip():
        yield "The suite needs a name."
    for field, longest in LONGEST.items():
        if len(getattr(loaded, field)) > longest:
            yield f"The suite's {field} is longer than {longest} characters."
    if not DIGEST.fullmatch(loaded.source_digest):
        yield "The suite's source digest must be a SHA-256 as 64 lower-case hex digits."
    if any("\0" in getattr(loaded, field) for field in (*LONGEST, "description")):
        yield "The suite's texts must not have a NUL character."
    if not loaded.tasks:
        yield "The suite has no tasks."


def _repeated(tasks: Iterable[Task]) -> Iterator[str]:
    for key, times in Counter(task.key for task in tasks).items():
        if times > 1:
            yield f"Task {key}: {times} tasks have this key; each needs its own."


def _all_tasks(tasks: Iterable[Task]) -> Iterator[str]:
    for task in tasks:
        for problem in (
            *_task(task),
            *check_scoring(task.scorer, task.target, task.scorer_options),
        ):
            yield f"Task {task.key}: {problem}"


def _task(task: Task) -> Iterator[str]:
    if not 1 <= len(task.key) <= 64:
        yield "a key has 1 to 64 characters."
    if task.cluster is not None and not 1 <= len(task.cluster) <= MAX_CLUSTER:
        yield f"a cluster has 1 to {MAX_CLUSTER} characters."
    if not (math.isfinite(task.weight) and task.weight > 0):
        yield f"weight must be above 0, not {task.weight}."
    if any(not 1 <= len(tag) <= 40 for tag in task.tags):
        yield "a tag has 1 to 40 characters."
    stored: list[Json] = [
        task.key,
        dict(task.input),
        task.target,
        dict(task.scorer_options),
        list(task.tags),
        task.cluster,
    ]
    if any(map(_has_nul, stored)):
        yield "a text must not have a NUL character."
    if problem := canonical_problem(stored):
        yield f"it {problem}."


def _has_nul(value: Json) -> bool:
    """PostgreSQL stores no NUL character in a text, however deep."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_has_nul, value))
