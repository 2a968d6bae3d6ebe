"""Scores task by task of scored runs, kept in memory: no result ever changes, by a trigger."""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg

from catalogue.models import Task
from corral.suites.base import Split
from evaluation.models import TaskResult

# 8 bytes each: 32 MB at most in a process, the results of 200 teams on 20,000 tasks.
KEPT_SCORES = 4_000_000


@dataclass(frozen=True, slots=True)
class TaskScores:
    """A run's scores on one split, 0 to 1, one for each of its suite version's tasks there."""

    version: UUID
    scores: "array[float]"


@dataclass(frozen=True, slots=True)
class TaskWeights:
    """The keys of a split's tasks, in the order of all `TaskScores`, and what each weighs.

    `clusters` says which tasks hang together; None for a task that stands alone.
    """

    keys: tuple[str, ...]
    weights: tuple[float, ...]
    clusters: tuple[str | None, ...]

    def by_key(self) -> Iterator[tuple[str, float]]:
        """Each key with its weight."""
        return zip(self.keys, self.weights, strict=True)

    def clusters_by_key(self) -> Iterator[tuple[str, str]]:
        """Each key that has a cluster, with it."""
        pairs = zip(self.keys, self.clusters, strict=True)
        return ((key, cluster) for key, cluster in pairs if cluster is not None)


class KeptScores:
    """Remembers scores by run and split, those used last; at most so many in all."""

    def __init__(self, most: int = KEPT_SCORES) -> None:
        self.most = most
        self.count = 0
        self._kept: OrderedDict[tuple[UUID, Split], TaskScores] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, run: UUID, split: Split) -> TaskScores | None:
        """What is remembered of the run."""
        with self._lock:
            found = self._kept.get((run, split))
            if found is not None:
                self._kept.move_to_end((run, split))
            return found

    def put(self, run: UUID, split: Split, scores: TaskScores) -> None:
        """Remember it, and forget what was not used for longest."""
        with self._lock:
            if (run, split) not in self._kept:
                self._kept[run, split] = scores
                self.count += len(scores.scores)
            while self.count > self.most and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self.count -= len(oldest.scores)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.count = 0


kept = KeptScores()


def task_scores_of(runs: Sequence[UUID], split: Split) -> Mapping[UUID, TaskScores]:
    """The scores of scored runs on a split, by run; one query for those not asked before.

    A run without any result there is left out.
    """
    known = {run: kept.get(run, split) for run in runs}
    missing = [run for run, scores in known.items() if scores is None]
    fresh = _read(missing, split) if missing else {}
    for run, scores in fresh.items():
        kept.put(run, split, scores)
    return {run: scores for run, scores in known.items() if scores is not None} | fresh


def _read(runs: Sequence[UUID], split: Split) -> dict[UUID, TaskScores]:
    """One row for each run: a row for each result would take ten times as long."""
    rows = (
        TaskResult.objects.filter(run__in=runs, split=split.value)
        .order_by()
        .values_list("run", "run__suite_version")
        .annotate(scores=ArrayAgg("score", order_by="task"))
    )
    return {run: TaskScores(version, array("d", scores)) for run, version, scores in rows}


@lru_cache(maxsize=64)
def task_weights_of(version: UUID, split: Split) -> TaskWeights:
    """What the tasks of a published version weigh and which hang together: it never changes."""
    tasks = Task.objects.filter(suite_version=version, split=split.value).order_by("pk")
    rows = list(tasks.values_list("pk", "weight", "cluster"))
    return TaskWeights(
        keys=tuple(str(pk) for pk, _, _ in rows),
        weights=tuple(weight for _, weight, _ in rows),
        clusters=tuple(cluster or None for _, _, cluster in rows),
    )
