import math
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral.statistics.sign_tests import EXACT, flip_test, sign_test

few = st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 0.3]), max_size=9)


def counted(differences: list[float]) -> float:
    """The share of all sign changes whose sum is as far from 0, one by one."""
    total = abs(math.fsum(differences))
    sums = [
        math.fsum(s * d for s, d in zip(signs, differences, strict=True))
        for signs in product((1, -1), repeat=len(differences))
    ]
    return sum(abs(s) >= total - 1e-9 for s in sums) / len(sums)


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 2 / 32),
        (6, 0, 2 / 64),
        (8, 1, 20 / 512),
        # Darwin's 15 pairs of plants: 13 of the crossed are taller
        (13, 2, 2 * (1 + 15 + 105) / 2**15),
    ],
)
def test_sign_test_of_known_counts(wins: int, losses: int, p: float) -> None:
    assert sign_test(wins, losses) == pytest.approx(p, rel=1e-12)


def test_sign_test_of_a_published_table() -> None:
    """Agresti 2002, table 10.1: of a prime minister 150 changed to no, 86 to yes."""
    assert pytest.approx(17.36, abs=0.005) == (150 - 86) ** 2 / (150 + 86)
    assert sign_test(150, 86) == pytest.approx(3.716e-05, rel=1e-3)


@given(st.integers(0, 400), st.integers(0, 400))
def test_sign_test_equals_exact_arithmetic(wins: int, losses: int) -> None:
    n = wins + losses
    tail = sum(math.comb(n, k) for k in range(min(wins, losses) + 1))
    exact = min(Fraction(1), Fraction(2 * tail, 2**n))
    assert sign_test(wins, losses) == pytest.approx(float(exact), rel=1e-10)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=30)
def test_sign_test_of_any_counts_is_a_probability(wins: int, losses: int) -> None:
    assert 0 <= sign_test(wins, losses) <= 1
    assert sign_test(wins, losses) == sign_test(losses, wins)


@given(st.integers(1, 60), st.integers(0, 29))
def test_one_more_win_is_more_telling(n: int, losses: int) -> None:
    wins = n + losses
    assert sign_test(wins + 1, losses) < sign_test(wins, losses) or sign_test(wins, losses) == 1


def test_sign_test_of_fewer_than_nothing() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        sign_test(-1, 3)


def test_flip_test_of_darwins_plants() -> None:
    """Fisher 1935, section 21: of 2^15 sign changes 863 are as far to either side, with ties."""
    eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    assert flip_test(eighths) == 1726 / 2**15


@given(few)
def test_flip_test_counts_all_sign_changes(differences: list[float]) -> None:
    assert flip_test(differences) == pytest.approx(counted(differences), abs=1e-12)


@given(st.integers(0, EXACT), st.integers(0, EXACT))
def test_flip_test_of_equal_sizes_is_the_sign_test(wins: int, losses: int) -> None:
    if wins + losses <= EXACT:
        differences = [0.1] * wins + [-0.1] * losses
        assert flip_test(differences) == pytest.approx(sign_test(wins, losses), rel=1e-12)


def test_flip_test_beyond_counting_is_normal() -> None:
    # 60 differences of size 1, 40 for and 20 against: z = 20/√60
    p = math.erfc(20 / math.sqrt(60) / math.sqrt(2))
    assert flip_test([1.0] * 40 + [-1.0] * 20) == pytest.approx(p, rel=1e-12)


def test_flip_test_of_unanimous_tasks_is_small_but_never_0() -> None:
    assert 2.0**-16 < flip_test([0.5] * 17) < 1e-4


@given(few, st.randoms(), st.floats(0.01, 100))
def test_flip_test_heeds_neither_order_side_nor_scale(
    differences: list[float], random: "object", scale: float
) -> None:
    shuffled = [-d * scale for d in differences]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert flip_test(shuffled) == pytest.approx(flip_test(differences), abs=1e-12)


@given(st.lists(st.floats(-1e300, 1e300), max_size=40))
def test_flip_test_of_any_differences_is_a_probability(differences: list[float]) -> None:
    assert 0 <= flip_test(differences) <= 1


def test_flip_test_of_nothing_certain() -> None:
    assert flip_test([]) == flip_test([0.0, 0.0]) == flip_test([0.7]) == 1.0
    with pytest.raises(ValueError, match="finite"):
        flip_test([1.0, math.nan])
