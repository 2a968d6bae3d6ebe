"""How long runs stood still, by their attempts alone."""

from tests.chaos.recovery import FOREVER, Blow, Recovery, Tried, longest, recoveries

KILLED = Blow(at=100.0, worker="runs-1@chaos:", how="group")


def tried(number: int, began: float, ended: float, **more: object) -> Tried:
    given = {"run": "a", "worker": "runs-1@chaos:7", "run_ended": 130.0, **more}
    return Tried(number=number, began=began, ended=ended, **given)  # type: ignore[arg-type]


def test_run_of_a_killed_worker_goes_on_with_its_next_attempt() -> None:
    attempts = [tried(1, 90.0, 112.0), tried(2, 113.5, 130.0, worker="runs-2@chaos:8")]

    assert recoveries([KILLED], attempts, []) == [Recovery("a", KILLED, 13.5, 0.0)]


def test_run_that_ends_without_another_attempt_counts_until_its_end() -> None:
    assert recoveries([KILLED], [tried(1, 90.0, 130.0)], []) == [Recovery("a", KILLED, 30.0, 0.0)]


def test_run_that_never_goes_on_counts_for_ever() -> None:
    attempts = [tried(1, 90.0, FOREVER, run_ended=FOREVER)]

    assert longest(recoveries([KILLED], attempts, [])) == FOREVER


def test_only_what_the_worker_held_at_that_moment_counts() -> None:
    attempts = [
        tried(1, 80.0, 95.0),
        tried(1, 101.0, 110.0, run="b"),
        tried(1, 90.0, 110.0, run="c", worker="runs-2@chaos:8"),
    ]

    assert recoveries([KILLED], attempts, []) == []


def test_time_in_which_postgresql_was_away_is_not_counted() -> None:
    attempts = [tried(1, 90.0, 112.0), tried(2, 125.0, 130.0)]

    (found,) = recoveries([KILLED], attempts, [(95.0, 101.0), (104.0, 106.0), (124.0, 140.0)])

    assert (found.seconds, found.without_postgres) == (25.0, 4.0)
    assert longest([found]) == 21.0
