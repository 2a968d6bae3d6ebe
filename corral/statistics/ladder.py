"""The Ladder: a public score that moves only where a run is better beyond its own noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from corral.statistics.mean import weighted_mean


@dataclass(frozen=True, slots=True)
class LadderState:
    """What a team has been shown: the best score released, and the scores by task behind it."""

    released: float
    scores: tuple[float, ...]


def climb(
    state: LadderState | None, scores: Sequence[float], weights: Sequence[float]
) -> LadderState:
    """The state after a run with these scores by task; the same object where nothing is released.

    The first run is released. A later one is where its mean exceeds the released score by more
    than the standard error of its differences to the run behind that (s/√n for equal weights);
    what is released is its mean, rounded to a multiple of 1/n (Blum and Hardt 2015, arXiv
    1502.04585, the parameter-free variant, with scores in place of losses). Where that is no more
    than was released, as may be for graded scores, nothing is. Of a single task nothing but the
    first run is released: one difference has no standard error.

    Raises:
        ValueError: another number of tasks than before, or what `weighted_mean` refuses.
    """
    mean = weighted_mean(scores, weights).mean
    if state is None:
        return LadderState(_rounded(mean, len(scores)), tuple(scores))
    if len(state.scores) != len(scores):
        raise ValueError("a ladder stands on the same tasks from its first run to its last")
    differences = [new - old for new, old in zip(scores, state.scores, strict=True)]
    step = weighted_mean(differences, weights).stderr
    released = _rounded(mean, len(scores))
    if step is None or mean <= state.released + step or released <= state.released:
        return state
    return LadderState(released, tuple(scores))


def _rounded(mean: float, n: int) -> float:
    """To the nearest multiple of 1/n; half a step goes up."""
    return math.floor(mean * n + 0.5) / n
