"""Many runs over the same tasks, laid out so that every two of them are compared quickly."""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from corral.statistics.paired import on_grid, weights_of
from corral.statistics.sign_tests import EXACT

# Σd/sqrt(Σd²) is at most the root of how many d are not 0: above this, they are more than EXACT.
FLIPS_MANY = math.sqrt(EXACT) + 1e-6


@dataclass(frozen=True, slots=True)
class Run:
    """One run's weighed scores, `values` by task (0 where it has none), `sums` by cluster.

    `answered` and `solved` are sets of tasks, bit by bit. `solved` is None where counting is not
    enough: tasks weigh differently, share clusters, or this run is graded between 0 and 1.
    """

    answered: int
    solved: int | None
    values: tuple[float, ...]
    has: tuple[bool, ...]
    clusters: tuple[int, ...]
    sums: tuple[float, ...]
    total: float

    def z_score(self, other: "Run") -> float:
        """Σd/sqrt(Σd²) over the differences to another run; 0 where there is none."""
        if self.is_whole and other.is_whole:
            distance = math.dist(self.sums, other.sums)
            return (self.total - other.total) / distance if distance else 0.0
        differences = self.differences(other)
        distance = math.hypot(*differences)
        return sum(differences) / distance if distance else 0.0

    def differences(self, other: "Run") -> list[float]:
        """This run's sums − the other's, by cluster, over the tasks that both have."""
        if self.is_whole and other.is_whole:
            return list(map(operator.sub, self.sums, other.sums))
        common = list(map(operator.and_, self.has, other.has))
        differences = compress(map(operator.sub, self.values, other.values), common)
        if not self.clusters:
            return list(differences)
        sums: dict[int, float] = {}
        for cluster, difference in zip(compress(self.clusters, common), differences, strict=True):
            sums[cluster] = sums.get(cluster, 0.0) + difference
        return list(sums.values())

    @property
    def is_whole(self) -> bool:
        """Whether it has a score for every task."""
        return bool(self.sums)


def line_up(
    runs: Sequence[Mapping[str, float]],
    weights: Mapping[str, float] | None,
    clusters: Mapping[str, str] | None,
) -> list[Run]:
    """Lay out runs, given as scores by task key, over the tasks that any of them has.

    Raises:
        ValueError: a score that is not finite, or what `weights_of` refuses.
    """
    if not all(math.isfinite(score) for scores in runs for score in scores.values()):
        raise ValueError("scores must be finite")
    tasks = sorted(set().union(*runs))
    weighed = weights_of(tasks, weights)
    numbers = _cluster_numbers(tasks, clusters)
    countable = not clusters and len(set(weighed)) <= 1
    return [_run(scores, tasks, weighed, numbers, countable) for scores in runs]


def _run(
    scores: Mapping[str, float],
    tasks: Sequence[str],
    weights: Sequence[float],
    clusters: tuple[int, ...],
    countable: bool,
) -> Run:
    has = tuple(task in scores for task in tasks)
    largest = max(weights, default=1.0)
    values = tuple(
        on_grid(weight / largest * scores.get(task, 0))
        for task, weight in zip(tasks, weights, strict=True)
    )
    binary = countable and all(score in (0, 1) for score in scores.values())
    sums = _sums(values, clusters) if all(has) else ()
    return Run(
        answered=_bits(has),
        solved=_bits([value > 0 for value in values]) if binary else None,
        values=values,
        has=has,
        clusters=clusters,
        sums=sums,
        total=math.fsum(sums),
    )


def _cluster_numbers(tasks: Sequence[str], clusters: Mapping[str, str] | None) -> tuple[int, ...]:
    """The number of each task's cluster, its own where it stands alone; empty where all do."""
    if not clusters:
        return ()
    numbers: dict[str | int, int] = {}
    return tuple(
        numbers.setdefault(clusters.get(task, place), len(numbers))
        for place, task in enumerate(tasks)
    )


def _sums(values: tuple[float, ...], clusters: tuple[int, ...]) -> tuple[float, ...]:
    if not clusters:
        return values
    sums = [0.0] * (max(clusters) + 1)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value
    return tuple(sums)


def _bits(flags: Sequence[bool]) -> int:
    return int("0" + "".join("1" if flag else "0" for flag in flags), 2)
