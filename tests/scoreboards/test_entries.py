"""A team's line, from its results and what an audience sees."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evaluation.enums import RunState
from scoreboards.domain.entries import NOT_THE_TEAM, Entry, Lens, Point, Result, entries_of, short
from scoreboards.domain.ranking import Score

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIVE = Lens()


def scored(number: int, public: float, private: float | None = None, team: str = "a") -> Result:
    """Scored so many minutes after noon as its number says."""
    return Result(
        team=team,
        team_name=team.upper(),
        number=number,
        state=RunState.SCORED,
        ended_at=NOON + number * MINUTE,
        public=Score(public, 0.1),
        private=None if private is None else Score(private, 0.1),
        tokens=100 * number,
        calls=number,
        seconds=1.5 * number,
    )


def ended(number: int, state: RunState, reason: str = "It broke.") -> Result:
    return replace(scored(number, 0), state=state, reason=reason, public=None)


def going(number: int, state: RunState = RunState.RUNNING) -> Result:
    return replace(ended(number, state, ""), ended_at=None)


def entry(*results: Result, lens: Lens = LIVE) -> Entry:
    (only,) = entries_of(results, lens)
    return only


def test_entry_stands_by_its_best_submission() -> None:
    made = entry(scored(1, 0.4), scored(2, 0.6), scored(3, 0.5))

    assert (made.number, made.value(), made.submissions) == (2, 0.6, 3)
    assert (made.tokens, made.calls, made.seconds) == (200, 2, 3.0)
    assert made.achieved_at == NOON + 2 * MINUTE


def test_entry_of_equal_scores_stands_by_the_first() -> None:
    assert entry(scored(1, 0.4), scored(2, 0.6), scored(3, 0.6)).number == 2


def test_entry_history_has_every_rise() -> None:
    made = entry(scored(1, 0.4), scored(2, 0.3), scored(3, 0.7), going(4))

    assert made.history == (Point(NOON + MINUTE, 0.4), Point(NOON + 3 * MINUTE, 0.7))


def test_entry_without_score_says_why() -> None:
    assert (entry(ended(1, RunState.FAILED)).status, entry(ended(1, RunState.FAILED)).reason) == (
        "failed",
        "It broke.",
    )
    assert entry(ended(1, RunState.FAILED), going(2)).status == "waiting"
    assert entry(going(1, RunState.QUEUED)).status == "waiting"
    assert entry(going(1)).value() is None


def test_entry_of_zero_is_a_score() -> None:
    made = entry(scored(1, 0.0))

    assert (made.value(), made.status) == (0.0, "scored")


def test_entry_keeps_the_platforms_failures_from_spectators() -> None:
    failed = ended(1, RunState.ERRORED, "Disk /dev/sdb1 is full.")

    assert entry(failed).reason == NOT_THE_TEAM
    assert entry(failed, lens=Lens(reasons=True)).reason == "Disk /dev/sdb1 is full."


def test_entry_while_frozen_counts_what_ended_before() -> None:
    frozen = Lens(until=NOON + 2 * MINUTE)

    made = entry(scored(1, 0.4), scored(2, 0.9), going(3), lens=frozen)

    assert (made.value(), made.submissions, made.pending) == (0.4, 3, 2)
    assert made.history == (Point(NOON + MINUTE, 0.4),)


def test_entry_while_frozen_is_the_same_whatever_becomes_of_a_hidden_run() -> None:
    frozen = Lens(until=NOON + 2 * MINUTE)
    fates = (going(5), scored(5, 1.0), ended(5, RunState.FAILED), ended(5, RunState.ERRORED))

    alone = {entry(fate, lens=frozen) for fate in fates}
    with_a_score = {entry(scored(1, 0.4), fate, lens=frozen) for fate in fates}

    assert (len(alone), len(with_a_score)) == (1, 1)
    assert alone.pop().status == "pending"


def test_entry_after_the_results_stands_by_the_declared_one() -> None:
    final = replace(scored(1, 0.4, private=0.3), is_final=True)

    made = entry(final, scored(2, 0.9, private=0.8), lens=Lens(final=True, by_private=True))

    assert (made.number, made.value()) == (1, 0.3)


def test_entry_after_the_results_without_a_declared_one_stands_by_its_best() -> None:
    results = (scored(1, 0.4, private=0.9), scored(2, 0.6, private=0.5))

    made = entry(*results, lens=Lens(final=True, by_private=True))

    assert (made.number, made.value()) == (2, 0.5)


def test_entry_after_the_results_of_a_suite_without_private_tasks() -> None:
    final = replace(scored(1, 0.4), is_final=True)

    assert entry(final, scored(2, 0.9), lens=Lens(final=True)).value() == 0.4


def test_entry_whose_declared_one_failed_has_no_score() -> None:
    final = replace(ended(2, RunState.FAILED), is_final=True)

    made = entry(scored(1, 0.4), final, lens=Lens(final=True))

    assert (made.value(), made.status) == (None, "failed")


def test_entry_whose_declared_one_the_platform_failed_stands_by_its_best() -> None:
    final = replace(ended(2, RunState.ERRORED), is_final=True)

    assert entry(scored(1, 0.4), final, lens=Lens(final=True)).value() == 0.4


def test_entry_shows_private_scores_only_through_a_lens_that_does() -> None:
    result = scored(1, 0.4, private=0.3)

    assert entry(result).private is None
    assert entry(result, lens=Lens(private=True)).private == Score(0.3, 0.1)


def test_entries_are_one_for_each_team() -> None:
    made = entries_of([scored(1, 0.1), scored(1, 0.2, team="b"), scored(2, 0.3)], LIVE)

    assert [(one.team, one.value()) for one in made] == [("a", 0.3), ("b", 0.2)]


def test_short_is_one_printable_line() -> None:
    assert short("a\n\x1b[31mb\u202ec") == "a [31mb c"
    assert len(short("x" * 1000)) == 160
