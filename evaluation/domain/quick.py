"""A quick score: on a fixed part of the public tasks, which every run of a track begins with."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from catalogue.models import Task
from corral.statistics.clustered import ClusteredEstimate
from corral.statistics.subsets import stratified_subset
from corral.suites.base import Split
from evaluation.domain.adaptive import mixed
from evaluation.domain.means import mean_of_rows
from evaluation.domain.queries import SeenRun, visible_splits
from evaluation.models import Run, TaskResult


@dataclass(frozen=True, slots=True)
class QuickScore:
    """A run's score, 0 to 1, on the first `tasks` of its `total` public ones.

    Both numbers are None until all of these are judged.
    """

    tasks: int
    total: int
    score: float | None
    stderr: float | None


def in_order(run: Run, tasks: Iterable[Task], *, mix: bool) -> list[Task]:
    """The tasks as the run asks them: the first ones of its track first, then the others.

    Both parts are mixed then, by nothing that differs between runs. A track without first tasks
    mixes them only where `mix` says so; else they keep their order.
    """
    first = first_tasks(run)
    if not first and not mix:
        return list(tasks)
    return sorted(tasks, key=lambda task: (task.pk not in first, mixed(task)))


def first_tasks(run: Run) -> frozenset[UUID]:
    """The public tasks that the run's track scores first; none where that is off, or is all."""
    size = run.submission.track.quick_tasks
    return _subset(run.suite_version_id, size) if size else frozenset()


def quick_score(seen: SeenRun) -> QuickScore | None:
    """How the run does on its first tasks, for whom may read their results one by one.

    None where there are no first tasks, and where the run ended before all of them were judged.
    One query of a row for each of them, and none before they can all have their result.
    """
    run, first = seen.run, first_tasks(seen.run)
    if not first or Split.PUBLIC not in visible_splits(seen):
        return None
    found = _mean(run, first) if run.public_done >= len(first) else None
    if found is None and run.ended:
        return None
    return QuickScore(
        tasks=len(first),
        total=run.public_total,
        score=found.mean if found else None,
        stderr=found.stderr if found else None,
    )


@lru_cache(maxsize=64)
def _subset(version: UUID, size: int) -> frozenset[UUID]:
    """Of a published version, whose tasks never change; alike for every run, team and machine."""
    public = Task.objects.filter(suite_version=version, split=Split.PUBLIC).order_by("position")
    rows = {key: (pk, tags) for key, pk, tags in public.values_list("key", "pk", "tags")}
    if size >= len(rows):
        return frozenset()
    keys = stratified_subset({key: tags for key, (_, tags) in rows.items()}, size)
    return frozenset(rows[key][0] for key in keys)


def _mean(run: Run, tasks: frozenset[UUID]) -> ClusteredEstimate | None:
    """None while one of the tasks has no result: the fast ones alone would be another sample."""
    results = TaskResult.objects.filter(run=run, task__in=tasks).order_by("task__position")
    rows = list(results.values_list("score", "task__weight", "task__cluster"))
    return None if len(rows) < len(tasks) else mean_of_rows(rows)
