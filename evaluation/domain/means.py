"""The mean of recorded results, with an error that knows which tasks hang together."""

from collections.abc import Iterable

from corral.statistics.clustered import ClusteredEstimate, clustered_mean

Row = tuple[float, float, str]


def mean_of_rows(rows: Iterable[Row]) -> ClusteredEstimate:
    """Of results as score (0 to 1), weight of the task, and its cluster, empty where it has none.

    Raises:
        ValueError: there are none.
    """
    scores, weights, clusters = zip(*rows, strict=True)
    return clustered_mean(scores, weights, [cluster or None for cluster in clusters])
