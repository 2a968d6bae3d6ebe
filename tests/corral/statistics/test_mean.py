import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.mean import Estimate, weighted_mean

scores = st.floats(0, 1)
weights = st.floats(1e-6, 1e6)
pairs = st.lists(st.tuples(scores, weights), min_size=2, max_size=40)


def test_mean_of_one_score_has_no_error() -> None:
    assert weighted_mean([0.5], [3]) == Estimate(0.5, None, 1)


def test_mean_of_known_scores() -> None:
    estimate = weighted_mean([1, 0, 1], [1, 1, 2])
    assert estimate.mean == 0.75
    assert estimate.stderr == pytest.approx(
        math.sqrt(3 / 2 * (0.0625 + 0.5625 + 4 * 0.0625)) / 4, rel=1e-12
    )


def test_mean_of_equal_scores_is_certain() -> None:
    assert weighted_mean([1, 1, 1], [1, 2, 3]) == Estimate(1.0, 0.0, 3)


@pytest.mark.parametrize(
    ("values", "weighed"),
    [([], []), ([1], []), ([1], [0]), ([1], [-1]), ([1], [math.inf]), ([math.nan], [1])],
)
def test_mean_without_a_meaning(values: list[float], weighed: list[float]) -> None:
    with pytest.raises(ValueError, match="must be|needs"):
        weighted_mean(values, weighed)


def test_mean_with_extreme_weights() -> None:
    estimate = weighted_mean([0, 1], [1e300, 1e300])
    assert estimate.mean == 0.5
    assert estimate.stderr == pytest.approx(0.5)


@given(st.lists(scores, min_size=2, max_size=40), weights)
def test_equal_weights_give_the_plain_error(values: list[float], weight: float) -> None:
    estimate = weighted_mean(values, [weight] * len(values))
    plain = statistics.stdev(values) / math.sqrt(len(values))
    assert estimate.mean == pytest.approx(statistics.fmean(values), abs=1e-12)
    assert estimate.stderr == pytest.approx(plain, abs=1e-12)


@given(pairs, st.floats(1e-3, 1e3))
def test_scaling_all_weights_changes_nothing(
    values: list[tuple[float, float]], factor: float
) -> None:
    one = weighted_mean([x for x, _ in values], [w for _, w in values])
    two = weighted_mean([x for x, _ in values], [w * factor for _, w in values])
    assert two.mean == pytest.approx(one.mean, abs=1e-9)
    assert two.stderr == pytest.approx(one.stderr, abs=1e-9)


@given(pairs, st.randoms())
def test_order_changes_nothing(values: list[tuple[float, float]], random: "object") -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = weighted_mean([x for x, _ in values], [w for _, w in values])
    two = weighted_mean([x for x, _ in shuffled], [w for _, w in shuffled])
    assert two.mean == pytest.approx(one.mean, abs=1e-12)
    assert two.stderr == pytest.approx(one.stderr, abs=1e-12)


@given(pairs)
def test_mean_lies_between_its_scores(values: list[tuple[float, float]]) -> None:
    estimate = weighted_mean([x for x, _ in values], [w for _, w in values])
    low, high = min(x for x, _ in values), max(x for x, _ in values)
    assert low - 1e-12 <= estimate.mean <= high + 1e-12
    assert estimate.stderr is not None
    assert 0 <= estimate.stderr <= 1.0
