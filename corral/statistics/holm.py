"""Many tests at once, with one promise for all of them."""

from collections.abc import Sequence


def holm(p_values: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Which hypotheses Holm's procedure rejects, in the order given.

    Step down from the smallest: the i-th of m, from 0, is rejected while p ≤ alpha/(m − i). The
    probability of any false rejection is at most alpha, however the tests depend on each other
    (Holm 1979, Scand. J. Stat. 6:65).

    Raises:
        ValueError: alpha not between 0 and 1, or a p-value outside 0 to 1.
    """
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("p-values must lie from 0 to 1")
    rejected = [False] * len(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    for step, index in enumerate(order):
        if p_values[index] > alpha / (len(p_values) - step):
            break
        rejected[index] = True
    return rejected
