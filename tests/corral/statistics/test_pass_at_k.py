import math
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.pass_at_k import pass_at_k

counts = st.integers(1, 300).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))
)


def test_known_values() -> None:
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7, rel=1e-15)
    assert pass_at_k(200, 0, 100) == 0.0
    assert pass_at_k(200, 200, 1) == 1.0
    assert pass_at_k(200, 101, 100) == 1.0
    assert pass_at_k(200, 1, 100) == pytest.approx(0.5, rel=1e-15)


def test_it_is_the_share_of_draws_that_hold_a_correct_one() -> None:
    solved = [True, True, False, False, False, False, True]
    draws = [any(draw) for draw in combinations(solved, 3)]
    assert pass_at_k(7, 3, 3) == pytest.approx(sum(draws) / len(draws), rel=1e-14)


def test_many_samples_overflow_nothing_and_keep_small_values() -> None:
    assert pass_at_k(10**12, 1, 3) == pytest.approx(3e-12, rel=1e-12)
    assert pass_at_k(10**6, 10**5, 50_000) == 1.0


@pytest.mark.parametrize("of", [(0, 0, 1), (5, 2, 0), (5, 2, 6), (5, -1, 2), (5, 6, 2)])
def test_counts_without_a_meaning(of: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"pass@k|correct samples"):
        pass_at_k(*of)


@given(counts)
def test_it_equals_exact_arithmetic(count: tuple[int, int, int]) -> None:
    n, c, k = count
    exact = 1 - Fraction(math.comb(n - c, k), math.comb(n, k))
    assert pass_at_k(n, c, k) == pytest.approx(float(exact), rel=1e-12)


@given(counts)
def test_it_lies_between_pass_at_1_and_certainty(count: tuple[int, int, int]) -> None:
    n, c, k = count
    assert c / n - 1e-12 <= pass_at_k(n, c, k) <= min(1.0, k * c / n + 1e-12)
    assert pass_at_k(n, c, 1) == pytest.approx(c / n, rel=1e-12)


@given(counts)
def test_more_correct_and_more_draws_never_hurt(count: tuple[int, int, int]) -> None:
    n, c, k = count
    here = pass_at_k(n, c, k)
    assert here <= pass_at_k(n, min(n, c + 1), k) + 1e-15
    assert here <= pass_at_k(n, c, min(n, k + 1)) + 1e-15
