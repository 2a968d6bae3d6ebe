"""Ranks: shared where scores are equal, none where there is no score."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoreboards.domain.ranking import Score, rank, told_apart

Pair = tuple[str, float | None]


def labels(*pairs: Pair) -> list[tuple[str, str]]:
    ranked = rank(pairs, key=lambda pair: pair[1], order=lambda pair: pair[0])
    return [(one.entry[0], one.label) for one in ranked]


def test_rank_shares_equal_scores() -> None:
    assert labels(("a", 0.5), ("b", 0.9), ("c", 0.7), ("d", 0.7)) == [
        ("b", "1"),
        ("c", "2="),
        ("d", "2="),
        ("a", "4"),
    ]


def test_rank_takes_equal_sums_in_another_order_for_equal() -> None:
    one, other = 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1
    assert one != other

    assert labels(("b", one), ("a", other)) == [("a", "1="), ("b", "1=")]


def test_rank_puts_the_missing_last_and_zero_before_them() -> None:
    assert labels(("a", None), ("b", 0.0), ("c", math.nan), ("d", 0.1)) == [
        ("d", "1"),
        ("b", "2"),
        ("a", ""),
        ("c", ""),
    ]


def test_rank_of_nothing() -> None:
    assert labels() == []


scores = st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1)


@given(st.lists(scores))
def test_rank_is_how_many_are_better_plus_one(given_scores: list[float | None]) -> None:
    pairs: list[Pair] = [(str(n), score) for n, score in enumerate(given_scores)]

    for one in rank(pairs, key=lambda pair: pair[1], order=lambda pair: pair[0]):
        score = one.entry[1]
        if score is None:
            assert (one.rank, one.label) == (None, "")
            continue
        mine = round(score, 9)
        better = sum(round(s, 9) > mine for s in given_scores if s is not None)
        same = sum(round(s, 9) == mine for s in given_scores if s is not None)
        assert (one.rank, one.label.endswith("=")) == (better + 1, same > 1)


@given(st.permutations([("a", 0.5), ("b", 0.5), ("c", None), ("d", 0.9)]))
def test_rank_does_not_depend_on_the_order_given(pairs: list[Pair]) -> None:
    assert labels(*pairs) == [("d", "1"), ("a", "2="), ("b", "2="), ("c", "")]


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (Score(0.6, 0.02), Score(0.5, 0.02), True),
        (Score(0.6, 0.05), Score(0.5, 0.05), False),
        (Score(0.5, 0.0), Score(0.5, 0.0), False),
        (Score(0.6, None), Score(0.5, 0.01), None),
    ],
)
def test_told_apart_needs_two_standard_errors(one: Score, other: Score, apart: bool | None) -> None:
    assert told_apart(one, other) is apart
    assert told_apart(other, one) is apart
