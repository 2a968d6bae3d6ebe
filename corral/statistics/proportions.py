"""How sure a proportion is: so many of n tasks solved."""

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Interval:
    """All values from `low` to `high`, both included."""

    low: float
    high: float


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion, between 0 and 1 and never empty.

    (p + z²/2n ± z·sqrt(p(1−p)/n + z²/4n²)) / (1 + z²/n), without a continuity correction
    (Wilson 1927, J. Am. Stat. Assoc. 22:209; method 3 of Newcombe 1998, Stat. Med. 17:857). It
    holds near 0 and 1 and for few tasks, where mean ± z·stderr does not.

    Raises:
        ValueError: n below 1, successes outside 0 to n, confidence not between 0 and 1.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError("a proportion needs at least one task, and successes from 0 to n")
    if not 0 < confidence < 1:
        raise ValueError("a confidence must lie between 0 and 1")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / n
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (middle - reach) / scale)
    high = 1.0 if successes == n else min(1.0, (middle + reach) / scale)
    return Interval(low, high)
