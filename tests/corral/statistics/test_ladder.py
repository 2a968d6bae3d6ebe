import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics import ladder
from corral.statistics.clustered import clustered_mean
from corral.statistics.ladder import LadderState, largest_stderr

TASKS = 2000
ATTEMPTS = 600

Rows = list[list[float]]
submissions: "st.SearchStrategy[Rows]" = st.integers(1, 20).flatmap(
    lambda n: st.lists(st.lists(st.floats(0, 1), min_size=n, max_size=n), min_size=1, max_size=12)
)


def climb(state: LadderState | None, scores: list[float], weights: list[float]) -> LadderState:
    """Of tasks that each stand alone."""
    return ladder.climb(state, scores, weights, [None] * len(scores))


def answers(generator: random.Random) -> list[bool]:
    bits = generator.getrandbits(TASKS)
    return [bool(bits >> i & 1) for i in range(TASKS)]


def graded(given: list[bool], labels: list[bool]) -> list[float]:
    return [float(a == b) for a, b in zip(given, labels, strict=True)]


def majority(kept: list[list[bool]]) -> list[bool]:
    return [2 * sum(votes) > len(kept) for votes in zip(*kept, strict=True)]


def test_the_first_run_is_released() -> None:
    assert climb(None, [1, 0, 1], [1, 1, 1]) == LadderState(2 / 3, (1, 0, 1))


def test_a_run_within_the_noise_releases_nothing() -> None:
    state = climb(None, [0.0] * 10, [1.0] * 10)
    assert climb(state, [1.0] + [0.0] * 9, [1.0] * 10) is state


def test_a_run_beyond_the_noise_is_released_rounded() -> None:
    state = climb(None, [0.0] * 10, [1.0] * 10)
    better = [0.97, 0.98, 0.99] + [0.0] * 7
    assert climb(state, better, [1.0] * 10) == LadderState(3 / 10, tuple(better))


def test_a_run_that_is_better_by_the_same_everywhere_is_released() -> None:
    state = climb(None, [0.2] * 5, [1.0] * 5)
    assert climb(state, [0.4] * 5, [1.0] * 5).released == 2 / 5


def test_of_one_task_only_the_first_run_is_released() -> None:
    state = climb(None, [0.0], [1.0])
    assert climb(state, [1.0], [1.0]) is state


def test_light_tasks_beside_a_heavy_one_are_within_the_noise() -> None:
    before, after = [0.0] * 10, [0.0] + [1.0] * 4 + [0.0] * 5
    heavy = [100.0] + [1.0] * 9
    equal = climb(None, before, [1.0] * 10)
    assert climb(equal, after, [1.0] * 10).released == 4 / 10
    weighed = climb(None, before, heavy)
    assert climb(weighed, after, heavy) is weighed


def test_other_tasks_are_refused() -> None:
    state = climb(None, [0.0, 1.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="same tasks"):
        climb(state, [1.0], [1.0])


@given(submissions)
def test_what_is_released_only_grows_and_by_more_than_noise(runs: Rows) -> None:
    weights = [1.0] * len(runs[0])
    state = None
    for scores in runs:
        before, state = state, climb(state, scores, weights)
        assert 0 <= state.released <= 1
        assert state.released * len(scores) == pytest.approx(round(state.released * len(scores)))
        if before is None or before is state:
            continue
        assert state.released > before.released
        assert math.fsum(scores) / len(scores) > before.released
        assert abs(state.released - math.fsum(scores) / len(scores)) <= 0.5 / len(scores) + 1e-12


@given(submissions)
def test_the_same_run_again_releases_nothing(runs: Rows) -> None:
    weights = [1.0] * len(runs[0])
    state = climb(None, runs[0], weights)
    for scores in runs[1:]:
        state = climb(state, scores, weights)
    assert climb(state, state.scores, weights) is state


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1), st.floats(0.01, 100), st.one_of(st.none(), st.sampled_from("abc"))
        ),
        min_size=2,
        max_size=20,
    ),
    st.booleans(),
)
def test_no_error_is_larger_than_the_largest(
    rows: list[tuple[float, float, str | None]], all_or_none: bool
) -> None:
    scores = [float(round(score)) if all_or_none else score for score, _, _ in rows]
    weights, clusters = [weight for _, weight, _ in rows], [cluster for *_, cluster in rows]
    estimate = clustered_mean(scores, weights, clusters)
    largest = largest_stderr(estimate.mean, weights, clusters)

    assert (estimate.stderr is None) == (largest is None)
    if estimate.stderr is not None and largest is not None:
        assert estimate.stderr <= largest + 1e-9


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=20))
def test_the_largest_error_is_that_of_tasks_that_are_solved_or_not(scores: list[float]) -> None:
    weights, alone = [2.0] * len(scores), [None] * len(scores)
    estimate = clustered_mean(scores, weights, alone)

    assert largest_stderr(estimate.mean, weights, alone) == pytest.approx(estimate.stderr, abs=1e-9)


def test_of_one_task_or_one_cluster_there_is_no_error() -> None:
    assert largest_stderr(0.5, [1.0], [None]) is None
    assert largest_stderr(0.5, [1.0, 1.0], ["a", "a"]) is None


def test_tasks_of_one_passage_are_no_more_than_one_is() -> None:
    """Seven better answers and two worse ones tell something, two passages do not."""
    before, after = [0.0] * 7 + [1.0] * 2 + [0.0], [1.0] * 7 + [0.0] * 3
    weights = [1.0] * 10
    assert climb(climb(None, before, weights), after, weights).released == 7 / 10

    passages = ["p"] * 7 + ["q"] * 2 + [None]
    state = ladder.climb(None, before, weights, passages)
    assert ladder.climb(state, after, weights, passages) is state


def test_boosting_random_answers_moves_a_naive_board_and_not_the_ladder() -> None:
    """The attack of Blum and Hardt 2015, section 4: nobody can do better than 0.5 on coins.

    Random answers are handed in, those kept that the board shows to be above 0.5, and their
    majority is handed in last.
    """
    generator = random.Random(2015)
    labels, weights = answers(generator), [1.0] * TASKS
    tried = [answers(generator) for _ in range(ATTEMPTS)]
    scores = [graded(given, labels) for given in tried]

    naive = [sum(row) / TASKS for row in scores]
    kept = [given for given, shown in zip(tried, naive, strict=True) if shown > 0.5]
    naive_best = max(*naive, sum(graded(majority(kept), labels)) / TASKS)

    state: LadderState | None = None
    liked: list[list[bool]] = []
    for attempt, row in zip(tried, scores, strict=True):
        before, state = state, climb(state, row, weights)
        if state is not before:
            liked.append(attempt)
    state = climb(state, graded(majority(liked), labels), weights)

    noise = 0.5 / math.sqrt(TASKS)
    assert naive_best > 0.5 + 10 * noise
    assert abs(state.released - 0.5) < 4 * noise
