"""How much better one run is than another on the same tasks, and how sure that is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corral.statistics.clustered import cluster_sums, clustered_mean
from corral.statistics.sign_tests import flip_test, sign_test


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean of one run's scores minus another's, over the n tasks that both have.

    `stderr` is None for fewer than two tasks (or clusters). `correlation` is that of the two
    runs' scores, None where either does not vary; the higher, the surer the difference is than
    two separate errors make it look. `p_value` is two-sided: of no difference at all.
    """

    mean: float
    stderr: float | None
    n: int
    correlation: float | None
    p_value: float


def paired_difference(
    one: Mapping[str, float],
    other: Mapping[str, float],
    weights: Mapping[str, float] | None = None,
    clusters: Mapping[str, str] | None = None,
) -> PairedDifference:
    """Compare two runs' scores by task key.

    The standard error is that of the differences, sqrt(SE₁² + SE₂² − 2·r·SE₁·SE₂) (Miller 2024,
    arXiv 2411.00640, on paired analysis), clustered where tasks share a cluster; a task without one
    stands alone. The p-value is exact where tasks weigh the same and are solved or not
    (`sign_test`), else by changing signs (`flip_test`), of whole clusters where there are any.

    Raises:
        ValueError: no task in common, a task without a weight, or what a mean refuses.
    """
    tasks = sorted(one.keys() & other.keys())
    weighed = weights_of(tasks, weights)
    groups = [clusters.get(task) if clusters else None for task in tasks]
    ones, others = [one[task] for task in tasks], [other[task] for task in tasks]
    differences = [a - b for a, b in zip(ones, others, strict=True)]
    estimate = clustered_mean(differences, weighed, groups)
    binary = not clusters and len(set(weighed)) == 1 and {*ones, *others} <= {0, 1}
    return PairedDifference(
        mean=estimate.mean,
        stderr=estimate.stderr,
        n=estimate.n,
        correlation=_correlation(ones, others, weighed, groups),
        p_value=(
            sign_test(differences.count(1), differences.count(-1))
            if binary
            else flip_test(_weighed_sums(differences, weighed, groups))
        ),
    )


def weights_of(tasks: Sequence[str], weights: Mapping[str, float] | None) -> list[float]:
    """The tasks' weights, each 1 where none are given.

    Raises:
        ValueError: a task that has none, or a weight that is not finite or not above 0.
    """
    if weights is None:
        return [1.0] * len(tasks)
    missing = [task for task in tasks if task not in weights]
    if missing:
        raise ValueError(f"the task {missing[0]!r} has no weight")
    weighed = [weights[task] for task in tasks]
    if not all(math.isfinite(weight) and weight > 0 for weight in weighed):
        raise ValueError("weights must be finite and above 0")
    return weighed


def _weighed_sums(
    values: Sequence[float], weights: Sequence[float], clusters: Sequence[str | None]
) -> list[float]:
    largest = max(weights)
    weighed = [w / largest * x for w, x in zip(weights, values, strict=True)]
    return [on_grid(total) for total in cluster_sums(weighed, clusters)]


def on_grid(value: float) -> float:
    """The nearest multiple of 2⁻⁴⁰, so that what is 0 on paper is 0; large values as they are."""
    return value if abs(value) > 2.0**12 else round(value * 2.0**40) / 2.0**40


def _correlation(
    ones: Sequence[float],
    others: Sequence[float],
    weights: Sequence[float],
    clusters: Sequence[str | None],
) -> float | None:
    mine = _residuals(ones, weights, clusters)
    theirs = _residuals(others, weights, clusters)
    scale = math.hypot(*mine) * math.hypot(*theirs)
    if len(mine) < 2 or scale == 0:
        return None
    product = math.fsum(a * b for a, b in zip(mine, theirs, strict=True))
    return max(-1.0, min(1.0, product / scale))


def _residuals(
    scores: Sequence[float], weights: Sequence[float], clusters: Sequence[str | None]
) -> list[float]:
    mean = clustered_mean(scores, weights, clusters).mean
    return _weighed_sums([x - mean for x in scores], weights, clusters)
