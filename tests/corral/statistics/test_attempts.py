import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.attempts import MOST, best_of_bias, expected_best


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        (2, 0.5641896),
        (3, 0.8462844),
        (5, 1.1629645),
        (10, 1.5387527),
        (20, 1.8674751),
        (50, 2.2490736),
        (100, 2.5075936),
    ],
)
def test_published_values(attempts: int, expected: float) -> None:
    """Harter 1961, table 1, and Teichroew 1956 to more digits."""
    assert expected_best(attempts) == pytest.approx(expected, abs=1e-7)


def test_the_values_of_the_page() -> None:
    shown = [f"{expected_best(attempts):.3f}" for attempts in (2, 5, 10, 27)]
    assert shown == ["0.564", "1.163", "1.539", "1.998"]


def test_closed_forms() -> None:
    """Up to five draws there are closed forms (David and Nagaraja 2003, section 3.2)."""
    root = math.sqrt(math.pi)
    assert expected_best(1) == 0.0
    assert expected_best(2) == pytest.approx(1 / root, abs=1e-12)
    assert expected_best(3) == pytest.approx(3 / (2 * root), abs=1e-12)
    tilt = math.asin(1 / 3)
    assert expected_best(4) == pytest.approx(3 / root * (0.5 + tilt / math.pi), abs=1e-12)
    assert expected_best(5) == pytest.approx(5 / root * (0.25 + 1.5 * tilt / math.pi), abs=1e-12)


def test_a_simulation_agrees() -> None:
    generator = random.Random(11)
    best = [max(generator.gauss(0, 1) for _ in range(27)) for _ in range(10_000)]
    assert sum(best) / len(best) == pytest.approx(expected_best(27), abs=0.02)


def test_bias_is_in_standard_errors() -> None:
    assert best_of_bias(0.02, 10) == pytest.approx(0.0307751, abs=1e-7)
    assert best_of_bias(0.02, 1) == 0.0
    assert best_of_bias(0.0, 50) == 0.0
    assert best_of_bias(None, 5) is None


@pytest.mark.parametrize("attempts", [0, -3, MOST + 1])
def test_attempts_without_a_meaning(attempts: int) -> None:
    with pytest.raises(ValueError, match="best of N"):
        best_of_bias(None, attempts)


@pytest.mark.parametrize("stderr", [-0.1, math.nan, math.inf])
def test_errors_without_a_meaning(stderr: float) -> None:
    with pytest.raises(ValueError, match="standard error"):
        best_of_bias(stderr, 2)


@given(st.integers(1, MOST - 1))
def test_more_attempts_owe_more_to_luck(attempts: int) -> None:
    here, bound = expected_best(attempts), math.sqrt(2 * math.log(attempts))
    assert 0 <= here <= bound + 1e-12
    assert here <= expected_best(attempts + 1)
