"""A track whose scoreboard is a Ladder: what a team sees of its runs, and what judges do."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluation.domain.breakdown import best_of, tag_scores
from evaluation.domain.calls import packs_for_person
from evaluation.domain.ladder import released_by_run
from evaluation.domain.queries import (
    SeenRun,
    results_for_page,
    run_for_person,
    submissions_for_person,
    tags_of,
    verdict_counts,
    with_runs,
)
from evaluation.models import Run
from evaluation.rules import Sight
from hackathons.enums import RoleKind
from hackathons.models import Team, Track
from tests.factories import RoleFactory, TeamFactory
from tests.scoreboards.conftest import broad_track, solve

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def ladder_track(**hackathon: Any) -> Track:
    track = broad_track(**hackathon)
    track.ladder = True
    track.save(update_fields=["ladder"])
    return track


def climbing(track: Track, *solved: int, **run: Any) -> tuple[Team, list[Run]]:
    """A team with a run for each number of solved tasks, an hour apart, the last one now."""
    team = TeamFactory(hackathon=track.hackathon)
    first = timezone.now() - HOUR * len(solved)
    return team, [
        solve(team, track, n, at=first + HOUR * i, **run) for i, n in enumerate(solved, start=1)
    ]


def seen_by_team(run: Run, at: datetime | None = None) -> SeenRun:
    member = run.submission.team.people.get()
    found = run_for_person(person=member, pk=run.pk, at=at or timezone.now())
    assert found is not None
    return found


def shown(run: Run) -> tuple[float | None, bool | None]:
    seen = seen_by_team(run)
    return seen.score, seen.released and seen.released.raised


def test_team_sees_its_score_rise_only_beyond_the_noise() -> None:
    _, runs = climbing(ladder_track(), 3, 4, 1, 10)

    assert [shown(run) for run in runs] == [
        (0.25, True),
        (0.25, False),
        (0.25, False),
        (10 / 12, True),
    ]


def test_error_that_is_shown_follows_from_the_released_score() -> None:
    _, runs = climbing(ladder_track(), 3, 4)

    assert [seen_by_team(run).stderr for run in runs] == [pytest.approx((3 / 16 / 11) ** 0.5)] * 2


def test_nothing_of_single_tasks_is_shown_but_their_calls() -> None:
    _, (run,) = climbing(ladder_track(), 3)
    seen = seen_by_team(run)

    assert (seen.sight, seen.hidden) == (Sight.LADDER, "ladder")
    assert (verdict_counts(seen), list(results_for_page(seen)), tags_of(seen)) == ([], [], [])
    assert (tag_scores(seen), best_of(seen, timezone.now())) == (None, None)
    assert "public" in str(packs_for_person(seen).query)
    assert "private" not in str(packs_for_person(seen).query)


def test_judge_sees_the_score_of_every_run() -> None:
    track = ladder_track()
    _, (_, run) = climbing(track, 3, 4)
    judge = RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person

    seen = run_for_person(person=judge, pk=run.pk, at=timezone.now())

    assert seen is not None
    assert (seen.score, seen.released, seen.hidden) == (pytest.approx(4 / 12), None, None)
    assert len(results_for_page(seen)) == 24


def test_the_results_end_the_ladder() -> None:
    _, (_, run) = climbing(ladder_track(published=True), 3, 4)
    seen = seen_by_team(run)

    assert (seen.sight, seen.score) == (Sight.OWN, pytest.approx(4 / 12))
    assert len(results_for_page(seen)) == 12


def test_freeze_hides_what_came_after_it_from_the_ladder_too() -> None:
    track = ladder_track()
    _, (before, after) = climbing(track, 3, 12)
    track.hackathon.scoreboard_freezes_at = timezone.now() - HOUR / 2
    track.hackathon.save()
    before, after = (Run.objects.get(pk=run.pk) for run in (before, after))

    assert (seen_by_team(before).score, seen_by_team(after).score) == (0.25, None)
    assert seen_by_team(after).sight is Sight.FROZEN


def test_a_track_without_a_ladder_shows_what_it_did() -> None:
    _, (_, run) = climbing(broad_track(), 3, 4)
    seen = seen_by_team(run)

    assert (seen.score, seen.released, seen.hidden) == (pytest.approx(4 / 12), None, None)


def test_teams_climb_each_on_its_own() -> None:
    track = ladder_track()
    _, low = climbing(track, 2)
    _, high = climbing(track, 9)

    assert (shown(low[0]), shown(high[0])) == ((2 / 12, True), (0.75, True))


def test_run_with_results_for_some_tasks_only_raises_nothing() -> None:
    track = ladder_track()
    team = TeamFactory(hackathon=track.hackathon)
    partial = solve(team, track, 9, unanswered=2)
    whole = solve(team, track, 3)

    released = released_by_run([[partial.pk, whole.pk]])

    assert (partial.pk in released, released[whole.pk].score) == (False, 0.25)


def test_list_of_submissions_asks_once_for_all_of_them(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    track = ladder_track()
    team, runs = climbing(track, 3, 4, 10, 11)
    member = team.people.get()
    listed = submissions_for_person(person=member, track=track)

    with django_assert_max_num_queries(14):
        rows = with_runs(listed, person=member, hackathon=track.hackathon, at=timezone.now())

    assert [row.seen and row.seen.score for row in rows] == [10 / 12, 10 / 12, 0.25, 0.25]
    assert len(runs) == 4
