"""The mean where tasks share a passage, a template or a repository, and so fail together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from corral.statistics.mean import weighted_mean


@dataclass(frozen=True, slots=True)
class ClusteredEstimate:
    """A mean of n scores in so many clusters; `stderr` is None where there is only one cluster."""

    mean: float
    stderr: float | None
    n: int
    clusters: int


def clustered_mean(
    scores: Sequence[float], weights: Sequence[float], clusters: Sequence[str | None]
) -> ClusteredEstimate:
    """The mean Σwx/Σw with standard error sqrt(G/(G−1)·Σ_g(Σ_{i∈g} w(x−x̄))²)/Σw, G clusters.

    A task whose cluster is None stands alone. Where all do, this is `weighted_mean`. The sum of
    products within clusters is that of Miller 2024 (arXiv 2411.00640, on clustered questions);
    G/(G−1) is the usual correction for few clusters (Cameron and Miller 2015, J. Human Resources
    50:317).

    Raises:
        ValueError: what `weighted_mean` refuses, or another number of clusters than of scores.
    """
    if len(clusters) != len(scores):
        raise ValueError("a clustered mean needs one cluster, or None, for each score")
    mean = weighted_mean(scores, weights).mean
    largest = max(weights)
    relative = [weight / largest for weight in weights]
    residuals = [w * (x - mean) for w, x in zip(relative, scores, strict=True)]
    sums = cluster_sums(residuals, clusters)
    count = len(sums)
    if count < 2:
        return ClusteredEstimate(mean, None, len(scores), count)
    spread = math.fsum(total * total for total in sums)
    stderr = math.sqrt(count / (count - 1) * spread) / math.fsum(relative)
    return ClusteredEstimate(mean, stderr, len(scores), count)


def cluster_sums(values: Sequence[float], clusters: Sequence[str | None]) -> list[float]:
    """The sum of each cluster's values, in the order in which clusters first appear."""
    members: dict[str | int, list[float]] = {}
    for index, (value, cluster) in enumerate(zip(values, clusters, strict=True)):
        members.setdefault(index if cluster is None else cluster, []).append(value)
    return [math.fsum(group) for group in members.values()]
