import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.verification.chance import chance_of


def neighbours(targets: tuple[str, ...]) -> float:
    """The share of equal neighbours in a circle."""
    equal = [one == other for one, other in zip(targets, targets[1:] + targets[:1], strict=True)]
    return sum(equal) / len(equal)


@pytest.mark.parametrize("targets", ["aabb", "aaab", "aaabb", "aabbcc", "aaaaab", "abcdef"])
def test_mean_and_interval_are_those_of_all_orders(targets: str) -> None:
    shares = [neighbours(order) for order in itertools.permutations(targets)]
    chance = chance_of(targets)
    half = 2.5758293035489004 * statistics.pstdev(shares) + 0.5 / len(targets)
    mean = statistics.fmean(shares)
    assert chance.expected == pytest.approx(mean)
    assert chance.low == pytest.approx(max(mean - half, 0.0))
    assert chance.high == pytest.approx(min(mean + half, 1.0))


def test_too_few_tasks_have_no_interval() -> None:
    assert (chance_of("ab").low, chance_of("ab").high) == (0.0, 1.0)
    assert chance_of("").expected == 1.0


@given(st.lists(st.sampled_from("abc"), min_size=4, max_size=60))
def test_bounds(targets: list[str]) -> None:
    chance = chance_of(targets)
    assert 0.0 <= chance.low <= chance.expected <= chance.high <= 1.0
    assert chance == chance_of(targets[::-1])
