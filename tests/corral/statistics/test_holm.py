import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.holm import holm

p_values = st.lists(st.floats(0, 1) | st.floats(0, 0.05), max_size=20)


def test_a_worked_example() -> None:
    """Four hypotheses at 0.05: 0.005 ≤ 0.05/4 and 0.01 ≤ 0.05/3, but 0.03 > 0.05/2."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]


def test_each_rejection_eases_the_next() -> None:
    """0.02 > 0.05/3, but 0.02 ≤ 0.05/2 once 0.01 is rejected."""
    assert holm([0.03, 0.02, 0.01]) == [True, True, True]
    assert holm([0.03, 0.02, 0.02]) == [False, False, False]


def test_one_and_none() -> None:
    assert holm([]) == []
    assert holm([0.05]) == [True]
    assert holm([0.0501]) == [False]


@pytest.mark.parametrize("alpha", [0, 1, -1, float("nan")])
def test_alpha_without_a_meaning(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        holm([0.5], alpha)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_p_values_without_a_meaning(p: float) -> None:
    with pytest.raises(ValueError, match="p-values"):
        holm([0.5, p])


@given(p_values)
def test_it_rejects_at_least_as_much_as_bonferroni_and_no_more_than_without(
    p_values: list[float],
) -> None:
    for p, rejected in zip(p_values, holm(p_values), strict=True):
        assert rejected or p > 0.05 / len(p_values)
        assert p <= 0.05 or not rejected


@given(p_values, st.randoms())
def test_order_changes_nothing(p_values: list[float], shuffler: random.Random) -> None:
    pairs = list(zip(p_values, holm(p_values), strict=True))
    shuffler.shuffle(pairs)
    assert holm([p for p, _ in pairs]) == [rejected for _, rejected in pairs]


@given(p_values, st.data())
def test_a_smaller_p_value_never_saves_a_hypothesis(
    p_values: list[float], data: st.DataObject
) -> None:
    smaller = [p * data.draw(st.floats(0, 1)) for p in p_values]
    assert all(
        after or not before for before, after in zip(holm(p_values), holm(smaller), strict=True)
    )


def test_false_rejections_are_rarer_than_alpha() -> None:
    generator = random.Random(3)
    families = [any(holm([generator.random() for _ in range(15)])) for _ in range(2000)]
    assert sum(families) / 2000 < 0.06
