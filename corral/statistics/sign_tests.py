"""Whether paired differences favour one side: tests that hold for few tasks too."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

# So many differences that are not 0 have all their sign changes counted: 2^16, in two halves.
EXACT = 16
# Sums of floats that are equal on paper differ by the order of addition.
SAME = 1e-9


@lru_cache(maxsize=65_536)
def sign_test(wins: int, losses: int) -> float:
    """The two-sided p-value that wins and losses are equally likely: min(1, 2·P(X ≤ fewer)).

    X is binomial over wins + losses, at one half. On tasks that are solved or not this is
    McNemar's test in its exact form (McNemar 1947, Psychometrika 12:153); ties do not count.

    Raises:
        ValueError: a count below 0.
    """
    if min(wins, losses) < 0:
        raise ValueError("wins and losses must be 0 or more")
    n, fewer = wins + losses, min(wins, losses)
    if 2 * fewer >= n - 1:
        return 1.0
    log_coefficient = math.lgamma(n + 1) - math.lgamma(fewer + 1) - math.lgamma(n - fewer + 1)
    # P(X ≤ fewer) from its last term down: each is the one before by k / (n − k + 1)
    total = term = 1.0
    for k in range(fewer, 0, -1):
        term *= k / (n - k + 1)
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, 2 * total * math.exp(log_coefficient - n * math.log(2)))


def flip_test(differences: Sequence[float]) -> float:
    """The two-sided p-value that paired differences are as likely negative as positive.

    Under that hypothesis each sign could as well be the other: p is the share of all sign changes
    whose sum is as far from 0 (Fisher 1935, The Design of Experiments, section 21). Up to 16
    differences that are not 0 all are counted. Beyond, z = |Σd|/sqrt(Σd²) is taken as normal,
    with the variance that sign changes have, so that z ≤ sqrt(n) and p is never 0 by accident.

    Raises:
        ValueError: a difference that is not finite.
    """
    if not all(map(math.isfinite, differences)):
        raise ValueError("differences must be finite")
    sizes = [abs(d) for d in differences if d]
    if not sizes:
        return 1.0
    total = abs(math.fsum(differences))
    if len(sizes) <= EXACT:
        return _share_as_far(sizes, total)
    largest = max(sizes)
    return normal_p_value(total / largest / math.hypot(*(size / largest for size in sizes)))


def normal_p_value(z: float) -> float:
    """The probability that a standard normal is as far from 0 as z, on either side."""
    return math.erfc(abs(z) / math.sqrt(2))


def _share_as_far(sizes: Sequence[float], total: float) -> float:
    """P(|Σ±size| ≥ total) over all signs, from the sums of two halves."""
    slack = SAME * math.fsum(sizes)
    if total <= slack:
        return 1.0
    middle = len(sizes) // 2
    ones, others = _signed_sums(sizes[:middle]), sorted(_signed_sums(sizes[middle:]))
    far = sum(len(others) - bisect_left(others, total - slack - one) for one in ones)
    return min(1.0, 2 * far / (1 << len(sizes)))


def _signed_sums(sizes: Sequence[float]) -> list[float]:
    sums = [0.0]
    for size in sizes:
        sums = [s + size for s in sums] + [s - size for s in sums]
    return sums
