"""What the best of several attempts owes to luck."""

import math
from functools import lru_cache

# The trapezoidal rule over the whole line: for so smooth a function it errs by less than 1e-12.
STEP = 1 / 64
REACH = 40.0
MOST = 10**12


@lru_cache(maxsize=1024)
def expected_best(attempts: int) -> float:
    """The expected largest of so many independent standard normal draws, to within 1e-9.

    ∫ (1 − Φ(x)ᴺ − Φ(−x)ᴺ) dx over x > 0: 0.564, 1.163, 1.539 and 1.998 for N = 2, 5, 10 and 27
    (David and Nagaraja 2003, Order Statistics, section 3.1; Harter 1961, Biometrika 48:151).

    Raises:
        ValueError: attempts below 1 or above 10¹².
    """
    if not 1 <= attempts <= MOST:
        raise ValueError("the best of N needs N from 1 to 10^12")
    if attempts == 1:
        return 0.0
    # the integrand is even and smooth on the whole line; at 0 it counts half
    heights = (_surplus(step * STEP, attempts) for step in range(1, int(REACH / STEP)))
    return STEP * (_surplus(0.0, attempts) / 2 + math.fsum(heights))


def best_of_bias(stderr: float | None, attempts: int) -> float | None:
    """How far the best score of so many attempts is expected to lie above what it deserves.

    stderr · E[max of N]: for attempts that are equally good, with independent errors. It is the
    most to be expected: attempts that differ, or err on the same tasks, owe less to luck. None
    where the standard error is not known.

    Raises:
        ValueError: attempts below 1 or above 10¹², or a standard error that is negative or not
            finite.
    """
    expected = expected_best(attempts)
    if stderr is None:
        return None
    if not (math.isfinite(stderr) and stderr >= 0):
        raise ValueError("a standard error must be finite and 0 or more")
    return stderr * expected


def _surplus(x: float, attempts: int) -> float:
    """P(largest > x) − P(largest < −x), for x ≥ 0."""
    above = math.erfc(x / math.sqrt(2)) / 2
    below = above**attempts
    return -math.expm1(attempts * math.log1p(-above)) - below
