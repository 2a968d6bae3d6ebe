"""The chance that at least one of k samples solves a task."""

import math


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """1 − C(n−c, k)/C(n, k): the unbiased estimate of pass@k from n samples with c correct.

    Chen et al. 2021 (arXiv 2107.03374, equation 1), as a sum of logarithms over the shorter of
    its two products: no factorial overflows and small values keep their digits. Over tasks, take
    the `weighted_mean` of these.

    Raises:
        ValueError: not 1 ≤ k ≤ n, or not 0 ≤ c ≤ n.
    """
    if not 1 <= k <= samples:
        raise ValueError("pass@k needs k from 1 to the number of samples")
    if not 0 <= correct <= samples:
        raise ValueError("correct samples must be from 0 to all of them")
    if samples - correct < k:
        return 1.0
    # C(n−c, k)/C(n, k) = C(n−k, c)/C(n, c): k and c may change places
    fewer, more = sorted((k, correct))
    return -math.expm1(math.fsum(math.log1p(-more / (samples - i)) for i in range(fewer)))
