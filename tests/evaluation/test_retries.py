"""When a run is tried again: pure, so every case is one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.retries import Again, Enough, Outcome, RetryPolicy, decide

POLICY = RetryPolicy()
MIDDLE = 0.5  # no jitter


@pytest.mark.parametrize(
    ("outcomes", "seconds"),
    [
        (["errored"], 5.0),
        (["errored", "errored"], 20.0),
        (["lost", "errored"], 5.0),
        (["killed"], 0.0),
        (["lost", "lost", "lost", "lost"], 0.0),
        (["killed", "lost", "errored", "paused"], 0.0),
        (["paused"] * 20, 0.0),
    ],
)
def test_run_is_tried_again_after(outcomes: list[str], seconds: float) -> None:
    assert decide(outcomes, POLICY, MIDDLE) == Again(seconds)


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [
        (["errored"] * 3, "The platform failed 3 times"),
        (["errored", "lost", "errored", "errored"], "The platform failed 3 times"),
        (["lost"] * 5, "Its worker was lost 5 times"),
        (
            ["killed", "errored", "killed"],
            "It took the process that evaluated it down 2 times, so it is not passed on",
        ),
    ],
)
def test_run_is_ended_after(outcomes: list[str], why: str) -> None:
    assert decide(outcomes, POLICY, MIDDLE) == Enough(why)


@given(errors=st.integers(1, 50), roll=st.floats(0, 1))
def test_wait_is_spread_around_its_back_off_and_bounded(errors: int, roll: float) -> None:
    plain = min(300.0, 5.0 * 4.0 ** (errors - 1))

    assert 0.8 * plain <= POLICY.wait(errors, roll) <= 1.2 * plain + 1e-9


@given(st.lists(st.sampled_from(["errored", "killed", "lost"]), min_size=10))
def test_no_run_is_tried_for_ever(outcomes: list[str]) -> None:
    decided = (decide(outcomes[: n + 1], POLICY, MIDDLE) for n in range(len(outcomes)))

    assert any(isinstance(following, Enough) for following in decided)


def test_every_outcome_is_named_in_the_policy_or_never_ends_a_run() -> None:
    limited = {outcome for outcome in Outcome if POLICY.limit(outcome) is not None}

    assert limited == {Outcome.ERRORED, Outcome.KILLED, Outcome.LOST}
