import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.clustered import clustered_mean
from corral.statistics.mean import weighted_mean
from corral.statistics.paired import on_grid, paired_difference
from corral.statistics.sign_tests import flip_test, sign_test

Rows = list[tuple[float, float, float, str]]
rows: "st.SearchStrategy[Rows]" = st.lists(
    st.tuples(
        st.floats(0, 1).map(lambda x: round(x, 6)),
        st.floats(0, 1).map(lambda x: round(x, 6)),
        st.floats(0.1, 10),
        st.sampled_from("abcde"),
    ),
    min_size=1,
    max_size=30,
)


def by_key(values: "list[float]") -> dict[str, float]:
    return {f"task-{i:03}": value for i, value in enumerate(values)}


def test_two_runs_of_four_tasks() -> None:
    one, other = by_key([1, 1, 1, 0]), by_key([1, 0, 0, 0])
    difference = paired_difference(one, other)
    assert (difference.mean, difference.n) == (0.5, 4)
    assert difference.stderr == pytest.approx(math.sqrt(1 / 3) / 2)
    assert difference.correlation == pytest.approx(1 / 3)
    assert difference.p_value == 0.5


def test_only_tasks_that_both_have_are_compared() -> None:
    difference = paired_difference({"a": 1, "b": 0.5, "c": 0}, {"b": 0, "c": 0, "d": 1})
    assert (difference.mean, difference.n) == (0.25, 2)


def test_one_task_has_no_error_and_tells_nothing() -> None:
    difference = paired_difference({"a": 1.0}, {"a": 0.0})
    assert (difference.stderr, difference.correlation, difference.p_value) == (None, None, 1.0)


def test_no_task_in_common_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one score"):
        paired_difference({"a": 1.0}, {"b": 1.0})


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": -1.0}, {"a": math.inf}, {"a": math.nan}])
def test_weights_without_a_meaning(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        paired_difference({"a": 1.0}, {"a": 0.0}, weights)


@given(rows)
def test_the_error_heeds_the_covariance(values: Rows) -> None:
    """SE² = SE₁² + SE₂² − 2·r·SE₁·SE₂, clustered and weighed."""
    weights = by_key([w for _, _, w, _ in values])
    clusters = {key: c for key, (_, _, _, c) in zip(weights, values, strict=True)}
    difference = paired_difference(
        by_key([x for x, _, _, _ in values]),
        by_key([y for _, y, _, _ in values]),
        weights,
        clusters,
    )
    groups: list[str | None] = list(clusters.values())
    one = clustered_mean([x for x, *_ in values], list(weights.values()), groups).stderr
    other = clustered_mean([y for _, y, *_ in values], list(weights.values()), groups).stderr
    if one is None or other is None:
        assert difference.stderr is None
        return
    covariance = (difference.correlation or 0.0) * one * other
    assert difference.stderr == pytest.approx(
        math.sqrt(max(0.0, one**2 + other**2 - 2 * covariance)), abs=1e-6
    )


@given(rows)
def test_it_is_the_mean_of_the_differences(values: Rows) -> None:
    weights = [w for _, _, w, _ in values]
    difference = paired_difference(
        by_key([x for x, *_ in values]), by_key([y for _, y, *_ in values]), by_key(weights)
    )
    plain = weighted_mean([x - y for x, y, *_ in values], weights)
    assert (difference.mean, difference.n) == (pytest.approx(plain.mean, abs=1e-12), plain.n)
    assert difference.stderr == (plain.stderr and pytest.approx(plain.stderr, abs=1e-9))


@given(rows)
def test_changing_sides_changes_the_sign_alone(values: Rows) -> None:
    one, other = by_key([x for x, *_ in values]), by_key([y for _, y, *_ in values])
    forth, back = paired_difference(one, other), paired_difference(other, one)
    assert back.mean == pytest.approx(-forth.mean, abs=1e-12)
    assert back.p_value == pytest.approx(forth.p_value, abs=1e-12)
    assert back.stderr == (forth.stderr and pytest.approx(forth.stderr, abs=1e-9))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_solved_or_not_is_told_by_counting(values: list[tuple[bool, bool]]) -> None:
    one, other = by_key([float(x) for x, _ in values]), by_key([float(y) for _, y in values])
    wins, losses = sum(x > y for x, y in values), sum(x < y for x, y in values)
    assert paired_difference(one, other).p_value == sign_test(wins, losses)


def test_graded_scores_are_told_by_changing_signs() -> None:
    one, other = by_key([0.9, 0.4, 0.7, 1.0]), by_key([0.1, 0.3, 0.2, 0.9])
    expected = flip_test([on_grid(d) for d in (0.8, 0.1, 0.5, 0.1)])
    assert paired_difference(one, other).p_value == expected == 2 / 16


def test_tasks_of_one_passage_count_once() -> None:
    one, other = by_key([1.0] * 12), by_key([0.0] * 12)
    passages = {key: f"passage {i // 4}" for i, key in enumerate(one)}
    assert paired_difference(one, other).p_value == pytest.approx(2 / 2**12, rel=1e-12)
    assert paired_difference(one, other, clusters=passages).p_value == 2 / 2**3


def test_pairing_is_surer_than_two_separate_errors() -> None:
    """Two runs that agree on most tasks, as runs on the same tasks do."""
    generator = random.Random(7)
    one = by_key([float(generator.random() < 0.6) for _ in range(400)])
    other = {key: 1 - score if generator.random() < 0.1 else score for key, score in one.items()}
    difference = paired_difference(one, other)
    separate = [weighted_mean(list(run.values()), [1.0] * 400).stderr for run in (one, other)]
    assert difference.correlation is not None
    assert difference.correlation > 0.7
    assert difference.stderr is not None
    assert difference.stderr < 0.6 * math.hypot(*(error or 0 for error in separate))
