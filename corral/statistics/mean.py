"""The weighted mean of task scores, and how sure it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean of n scores and its standard error; None where n is too small to have one."""

    mean: float
    stderr: float | None
    n: int


def weighted_mean(scores: Sequence[float], weights: Sequence[float]) -> Estimate:
    """The mean Σwx/Σw with standard error sqrt(n/(n−1)·Σw²(x−x̄)²)/Σw, None for n < 2.

    With equal weights this is the CLT's standard error s/√n (Miller 2024, arXiv 2411.00640,
    section 2.1); it does not change when all weights are multiplied by the same number.

    Raises:
        ValueError: no scores, another number of weights, a weight not above 0, or not finite.
    """
    if not scores or len(scores) != len(weights):
        raise ValueError("a mean needs at least one score, and one weight for each")
    if not all(math.isfinite(w) and w > 0 for w in weights) or not all(map(math.isfinite, scores)):
        raise ValueError("scores must be finite, weights finite and above 0")
    # relative to the largest, so that no square or sum leaves the range of a float
    largest = max(weights)
    relative = [weight / largest for weight in weights]
    total = math.fsum(relative)
    mean = math.fsum(w * x for w, x in zip(relative, scores, strict=True)) / total
    n = len(scores)
    if n < 2:
        return Estimate(mean, None, n)
    spread = math.fsum((w * (x - mean)) ** 2 for w, x in zip(relative, scores, strict=True))
    return Estimate(mean, math.sqrt(n / (n - 1) * spread) / total, n)
