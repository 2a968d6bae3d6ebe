"""What a re-evaluation would change, as a pure function over results."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evaluation.enums import RunState
from scoreboards.domain.entries import Result
from scoreboards.domain.preview import Change, Place, preview, with_replaced
from scoreboards.domain.ranking import Score

START = datetime(2026, 5, 2, 12, tzinfo=UTC)


def result(
    team: str, public: float | None, private: float | None = None, *, number: int = 1
) -> Result:
    return Result(
        team=team,
        team_name=team.title(),
        number=number,
        state=RunState.FAILED if public is None else RunState.SCORED,
        reason="It could not start." if public is None else "",
        ended_at=START + timedelta(minutes=number),
        public=None if public is None else Score(public, 0.1),
        private=None if private is None else Score(private, 0.1),
    )


def labels(changes: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    return [(change.team, change.before.label, change.after.label) for change in changes]


def test_preview_says_every_team_before_and_after_best_first() -> None:
    before = [result("ants", 0.9), result("bees", 0.8), result("cats", 0.1)]
    after = [result("ants", 0.5), result("bees", 0.8), result("cats", 0.1)]

    seen = preview(before, after)

    assert labels(seen.public) == [("bees", "2", "1"), ("ants", "1", "2"), ("cats", "3", "3")]
    assert [change.moved for change in seen.public] == [True, True, False]
    assert seen.public[1].before == Place("1", 0.9, "scored")
    assert seen.private == ()
    assert seen.summary == {
        "public": [
            {"team": "bees", "name": "Bees", "before": "2", "after": "1"},
            {"team": "ants", "name": "Ants", "before": "1", "after": "2"},
        ],
        "private": [],
    }


def test_preview_of_the_same_results_changes_nothing() -> None:
    results = [result("ants", 0.9, 0.2), result("bees", None)]

    seen = preview(results, list(results))

    assert not any(change.changed for change in (*seen.public, *seen.private))
    assert seen.summary == {"public": [], "private": []}


def test_preview_a_shared_rank_is_a_changed_one() -> None:
    before = [result("ants", 0.9), result("bees", 0.8)]

    seen = preview(before, [before[0], result("bees", 0.9)])

    assert labels(seen.public) == [("ants", "1", "1="), ("bees", "2", "1=")]
    assert all(change.moved for change in seen.public)


def test_preview_a_score_that_is_lost_has_no_rank_and_says_why() -> None:
    before = [result("ants", 0.9), result("bees", 0.8)]
    lost = replace(before[0], public=None, state=RunState.ERRORED)

    seen = preview(before, [lost, before[1]])

    assert labels(seen.public) == [("bees", "2", "1"), ("ants", "1", "")]
    assert seen.public[1].after == Place("", None, "errored")


def test_preview_by_the_private_tasks_is_by_what_was_declared_final() -> None:
    declared = replace(result("ants", 0.1, 0.3), is_final=True)
    best = result("ants", 0.9, 0.9, number=2)
    other = result("bees", 0.5, 0.5)

    seen = preview(
        [declared, best, other], [replace(declared, private=Score(0.6, 0.1)), best, other]
    )

    assert labels(seen.private) == [("ants", "2", "1"), ("bees", "1", "2")]
    assert labels(seen.public) == [("ants", "1", "1"), ("bees", "2", "2")]


def test_preview_shows_private_tasks_that_only_the_new_version_has() -> None:
    seen = preview([result("ants", 0.5)], [result("ants", 0.5, 0.25)])

    assert labels(seen.private) == [("ants", "", "1")]


def test_with_replaced_leaves_all_others() -> None:
    results = [result("ants", 0.1), result("ants", 0.2, number=2), result("bees", 0.3)]
    new = result("ants", 0.9, number=2)

    assert with_replaced(results, {("ants", 2): new}) == [results[0], new, results[2]]
