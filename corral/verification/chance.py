"""What answers of other tasks score by chance alone: as often as two tasks have the same target."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

_99_PERCENT = 2.5758293035489004  # the normal quantile of 0.995
_LEAST = 4  # fewer tasks have no interval


@dataclass(frozen=True, slots=True)
class Chance:
    """The expected share of right answers, from 0 to 1, and the ends of its 99 % interval."""

    expected: float
    low: float
    high: float


def chance_of(targets: Sequence[Hashable]) -> Chance:
    """For tasks in a circle in random order, each given the answer of the next.

    The number of equal neighbours in a random circle has, with n targets in groups of n_k and
    falling factorials n^(r), the mean n·p2 and the variance n·p2 + 2n·p3 + n(n-3)·p22 - (n·p2)²,
    where p2 = Σn_k^(2)/n^(2), p3 = Σn_k^(3)/n^(3) and p22 = ((Σn_k^(2))² - Σ(n_k^(2))² +
    Σn_k^(4))/n^(4): the chances that a pair, two pairs with a task in common and two without one
    are equal. The interval is the normal one with half a task as the correction for continuity.
    """
    n = len(targets)
    if n < _LEAST:
        return Chance(1.0 / max(n, 1), 0.0, 1.0)
    groups = list(Counter(targets).values())
    pairs = [_falling(size, 2) for size in groups]
    p2 = sum(pairs) / _falling(n, 2)
    p3 = sum(_falling(size, 3) for size in groups) / _falling(n, 3)
    apart = sum(pairs) ** 2 - sum(pair**2 for pair in pairs)
    p22 = (apart + sum(_falling(size, 4) for size in groups)) / _falling(n, 4)
    variance = n * p2 + 2 * n * p3 + n * (n - 3) * p22 - (n * p2) ** 2
    half = (_99_PERCENT * math.sqrt(max(variance, 0.0)) + 0.5) / n
    return Chance(p2, max(p2 - half, 0.0), min(p2 + half, 1.0))


def _falling(n: int, length: int) -> int:
    """n·(n-1)·…, `length` factors."""
    return math.prod(range(n - length + 1, n + 1)) if n >= length else 0
