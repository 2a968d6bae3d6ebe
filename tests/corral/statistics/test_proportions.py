import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.proportions import Interval, wilson_interval

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson_interval(successes, n)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_none_and_all_reach_the_ends() -> None:
    assert wilson_interval(0, 7).low == 0.0
    assert wilson_interval(7, 7).high == 1.0


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 4), (5, 4)])
def test_counts_without_a_meaning(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="at least one task"):
        wilson_interval(successes, n)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, float("nan")])
def test_confidence_without_a_meaning(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson_interval(1, 2, confidence)


@given(counts, st.floats(0.01, 0.999))
def test_it_holds_the_proportion_and_stays_within_0_and_1(
    count: tuple[int, int], confidence: float
) -> None:
    interval = wilson_interval(*count, confidence)
    assert 0 <= interval.low <= count[0] / count[1] <= interval.high <= 1
    assert interval.low < interval.high


@given(counts)
def test_failures_mirror_successes(count: tuple[int, int]) -> None:
    successes, n = count
    one, other = wilson_interval(successes, n), wilson_interval(n - successes, n)
    assert one == Interval(
        pytest.approx(1 - other.high, abs=1e-12), pytest.approx(1 - other.low, abs=1e-12)
    )


@given(counts)
def test_more_confidence_is_wider_and_more_tasks_narrower(count: tuple[int, int]) -> None:
    successes, n = count
    wide, narrow = wilson_interval(successes, n, 0.99), wilson_interval(successes, n, 0.9)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high
    more = wilson_interval(successes * 4, n * 4, 0.9)
    assert more.high - more.low < narrow.high - narrow.low


@given(st.integers(1, 300), st.integers(0, 299))
def test_one_more_success_moves_it_up(n: int, successes: int) -> None:
    if successes < n:
        one, more = wilson_interval(successes, n), wilson_interval(successes + 1, n)
        assert one.low < more.low
        assert one.high < more.high
