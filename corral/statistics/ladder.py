"""The Ladder: a public score that moves only where a run is better beyond its own noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from corral.statistics.clustered import cluster_sums, clustered_mean
from corral.statistics.mean import weighted_mean


@dataclass(frozen=True, slots=True)
class LadderState:
    """What a team has been shown: the best score released, and the scores by task behind it."""

    released: float
    scores: tuple[float, ...]


def climb(
    state: LadderState | None,
    scores: Sequence[float],
    weights: Sequence[float],
    clusters: Sequence[str | None],
) -> LadderState:
    """The state after a run with these scores by task; the same object where nothing is released.

    The first run is released. A later one is where its mean exceeds the released score by more
    than the standard error of its differences to the run behind that (s/√n for equal weights and
    no clusters; see `clustered_mean`);
    what is released is its mean, rounded to a multiple of 1/n (Blum and Hardt 2015, arXiv
    1502.04585, the parameter-free variant, with scores in place of losses). Where that is no more
    than was released, as may be for graded scores, nothing is. Of a single task nothing but the
    first run is released: one difference has no standard error.

    Raises:
        ValueError: another number of tasks than before, or what `clustered_mean` refuses.
    """
    mean = weighted_mean(scores, weights).mean
    released = _rounded(mean, len(scores))
    if state is None:
        return LadderState(released, tuple(scores))
    if len(state.scores) != len(scores):
        raise ValueError("a ladder stands on the same tasks from its first run to its last")
    if released <= state.released:
        return state
    differences = [new - old for new, old in zip(scores, state.scores, strict=True)]
    step = clustered_mean(differences, weights, clusters).stderr
    if step is None or mean <= state.released + step:
        return state
    return LadderState(released, tuple(scores))


def largest_stderr(
    released: float, weights: Sequence[float], clusters: Sequence[str | None]
) -> float | None:
    """The largest error that `clustered_mean` can give for scores from 0 to 1; None as there.

    It follows from the released score and the weights alone, so it tells nothing more of single
    tasks: sqrt(G/(G−1)·max(W)·x̄(1−x̄)/Σw) for G clusters that weigh W, and sqrt(x̄(1−x̄)/(n−1)) for n
    equal tasks that each stand alone. For Σw(x−x̄)² ≤ Σw·x̄(1−x̄), with equality where every score is
    0 or 1, and (Σw(x−x̄))² ≤ W·Σw(x−x̄)² within each cluster (Cauchy and Schwarz).
    """
    heavy = cluster_sums(weights, clusters)
    if len(heavy) < 2:
        return None
    count, spread = len(heavy), max(heavy) * released * (1 - released)
    return math.sqrt(count / (count - 1) * spread / math.fsum(weights))


def _rounded(mean: float, n: int) -> float:
    """To the nearest multiple of 1/n; half a step goes up."""
    return math.floor(mean * n + 0.5) / n
