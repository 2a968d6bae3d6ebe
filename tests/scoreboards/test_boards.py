"""Versions: they grow when something changed, and only then."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluation.enums import RunState
from hackathons.enums import Audience
from hackathons.models import Track
from scoreboards.domain import boards
from scoreboards.domain.boards import (
    channel_of,
    current_board,
    deltas_since,
    refresh_board,
    stale_tracks,
)
from scoreboards.domain.reevaluations import apply_reevaluation
from scoreboards.models import Board
from tests.evaluation.shadows import (
    answered,
    next_version,
    organizer_of,
    started,
    track_with,
    work_off,
)
from tests.factories import (
    ExtensionFactory,
    HackathonFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
)
from tests.scoreboards.conftest import hand_in, solve

HOUR = timedelta(hours=1)
Row = dict[str, Any]


def board_of(track: Track, audience: Audience = Audience.SPECTATORS) -> Board:
    return Board.objects.get(track=track, audience=audience)


def rows_of(track: Track, audience: Audience = Audience.SPECTATORS) -> list[Row]:
    rows: list[Row] = board_of(track, audience).snapshot["rows"]
    return rows


def ranks_of(track: Track, audience: Audience = Audience.SPECTATORS) -> list[tuple[str, str]]:
    return [(row["name"], row["rank_label"]) for row in rows_of(track, audience)]


def new_team(track: Track, name: str) -> Any:
    return TeamFactory(hackathon=track.hackathon, name=name)


def test_refresh_ranks_every_team_that_handed_in(track: Track) -> None:
    for name, score in (("Ants", 0.5), ("Bees", 0.75), ("Cows", 0.5)):
        hand_in(new_team(track, name), track, score)
    hand_in(new_team(track, "Dogs"), track, state=RunState.FAILED, reason="No main.py.")
    new_team(track, "Eels")

    refresh_board(track_id=track.pk)

    assert ranks_of(track) == [("Bees", "1"), ("Ants", "2="), ("Cows", "2="), ("Dogs", "")]
    last = rows_of(track)[-1]
    assert (last["score"], last["status"], last["reason"]) == (None, "failed", "No main.py.")


def test_refresh_says_what_to_push_to_whom(track: Track) -> None:
    hand_in(new_team(track, "Ants"), track, 0.5)

    told = refresh_board(track_id=track.pk)

    assert [message.channel for message in told] == [
        channel_of(track.pk, Audience.SPECTATORS),
        channel_of(track.pk, Audience.JUDGES),
    ]
    assert [(m.message["type"], m.message["version"]) for m in told] == [("delta", 1)] * 2


def test_refresh_without_a_change_adds_no_version(track: Track) -> None:
    hand_in(new_team(track, "Ants"), track, 0.5)
    refresh_board(track_id=track.pk)

    assert refresh_board(track_id=track.pk) == []
    assert board_of(track).version == 1


def test_refresh_sends_only_rows_that_changed(track: Track) -> None:
    ants, bees, cows = (new_team(track, name) for name in ("Ants", "Bees", "Cows"))
    for team, score in ((ants, 0.9), (bees, 0.5), (cows, 0.1)):
        hand_in(team, track, score, public_stderr=None)
    refresh_board(track_id=track.pk)

    hand_in(cows, track, 0.4, public_stderr=None)
    told = refresh_board(track_id=track.pk)[0].message

    assert told["version"] == 2
    assert [row["name"] for row in told["board"]["rows"]] == ["Cows"]
    assert "header" not in told["board"]


def test_refresh_is_silent_about_progress(track: Track) -> None:
    run = hand_in(new_team(track, "Ants"), track)
    refresh_board(track_id=track.pk)

    for done in (1, 2):
        run.state, run.public_done, run.prompt_tokens = RunState.RUNNING, done, 10 * done
        run.lease_expires_at, run.started_at = timezone.now() + HOUR, timezone.now()
        run.save()
        assert refresh_board(track_id=track.pk) == []


def test_refresh_deltas_rebuild_the_snapshot(track: Track) -> None:
    ants, bees = new_team(track, "Ants"), new_team(track, "Bees")
    for team, score in ((ants, 0.2), (bees, 0.4), (ants, 0.6)):
        hand_in(team, track, score)
        refresh_board(track_id=track.pk)

    header: Row = {}
    rows: dict[str, Row] = {}
    for delta in board_of(track).deltas.order_by("version"):
        header |= delta.payload.get("header", {})
        rows |= {row["team"]: row for row in delta.payload.get("rows", [])}

    board = board_of(track).snapshot
    assert header == board["header"]
    assert sorted(rows.values(), key=lambda row: row["position"]) == board["rows"]


def test_refresh_removes_a_team_that_is_gone(track: Track) -> None:
    run = hand_in(new_team(track, "Ants"), track, 0.5)
    refresh_board(track_id=track.pk)

    submission = run.submission
    run.delete()
    submission.delete()
    told = refresh_board(track_id=track.pk)[0].message["board"]

    assert told["removed"] == [submission.team.slug]
    assert rows_of(track) == []


def test_refresh_of_a_track_that_is_gone_does_nothing(track: Track) -> None:
    gone = track.pk
    track.delete()

    assert refresh_board(track_id=gone) == []


def test_refresh_counts_only_runs_on_the_present_suite_version(track: Track) -> None:
    hand_in(new_team(track, "Ants"), track, 0.5)
    track.suite_version = SuiteVersionFactory()
    track.save()

    refresh_board(track_id=track.pk)

    assert [(row["score"], row["status"]) for row in rows_of(track)] == [(None, "waiting")]


@pytest.mark.parametrize("teams", [1, 5])
def test_refresh_asks_as_much_of_many_teams_as_of_one(
    track: Track, teams: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    refresh_board(track_id=track.pk)
    for n in range(teams):
        solve(new_team(track, f"Team {n}"), track, 1)
    # Each reads results task by task, and what the tasks weigh: public ones, then private ones.
    for audience, queries in ((Audience.SPECTATORS, 14), (Audience.JUDGES, 14)):
        with django_assert_num_queries(queries):
            assert boards._refresh(track.pk, audience)


def test_old_deltas_are_pruned(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "KEPT_DELTAS", 2)
    team = new_team(track, "Ants")
    for tenths in range(1, 6):
        hand_in(team, track, tenths / 10)
        refresh_board(track_id=track.pk)

    board = board_of(track)
    assert list(board.deltas.values_list("version", flat=True)) == [4, 5]
    assert deltas_since(board, 2) is None
    assert [delta.version for delta in deltas_since(board, 3) or []] == [4, 5]
    assert deltas_since(board, 5) == []
    assert deltas_since(board, 6) is None


@pytest.mark.django_db(transaction=True)
def test_refreshes_at_once_leave_one_unbroken_sequence() -> None:
    track = TrackFactory()
    teams = [new_team(track, f"Team {n}") for n in range(6)]

    def score(team: Any) -> None:
        try:
            hand_in(team, track, 0.5)
            refresh_board(track_id=track.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(score, teams))

    for audience in Audience:
        board = board_of(track, audience)
        versions = list(board.deltas.order_by("version").values_list("version", flat=True))
        assert versions == list(range(1, board.version + 1))
        assert len(board.snapshot["rows"]) == 6
        assert {row["rank_label"] for row in board.snapshot["rows"]} == {"1="}


@pytest.fixture
def frozen_track(db: None) -> Iterator[Track]:
    """Frozen an hour ago; Ants had 0.5 before, and got 0.9 since."""
    track = TrackFactory(hackathon=HackathonFactory(frozen=True))
    now = timezone.now()
    ants = new_team(track, "Ants")
    hand_in(ants, track, 0.5, at=now - 2 * HOUR)
    hand_in(ants, track, 0.9, at=now)
    hand_in(new_team(track, "Bees"), track, 0.6, at=now - 2 * HOUR)
    return track


def test_frozen_board_stands_still_for_spectators(frozen_track: Track) -> None:
    refresh_board(track_id=frozen_track.pk)

    board = board_of(frozen_track).snapshot
    assert ranks_of(frozen_track) == [("Bees", "1"), ("Ants", "2")]
    assert (board["header"]["frozen"], board["header"]["pending"]) == (True, 1)
    assert "0.9" not in str(board)


def test_frozen_board_goes_on_for_judges(frozen_track: Track) -> None:
    refresh_board(track_id=frozen_track.pk)

    board = board_of(frozen_track, Audience.JUDGES).snapshot
    assert ranks_of(frozen_track, Audience.JUDGES) == [("Ants", "1"), ("Bees", "2")]
    assert (board["header"]["frozen"], board["header"]["pending"]) == (False, 0)


def test_frozen_board_gets_no_version_from_what_is_hidden(frozen_track: Track) -> None:
    refresh_board(track_id=frozen_track.pk)

    run = hand_in(new_team(frozen_track, "Cows"), frozen_track)
    refresh_board(track_id=frozen_track.pk)
    run.state, run.public_score, run.ended_at = RunState.SCORED, 1.0, timezone.now()
    run.save()

    told = refresh_board(track_id=frozen_track.pk)
    assert [message.channel for message in told] == [channel_of(frozen_track.pk, Audience.JUDGES)]


def test_private_scores_are_on_the_judges_board_alone(track: Track) -> None:
    hand_in(new_team(track, "Ants"), track, 0.5, private_score=0.3141)

    refresh_board(track_id=track.pk)

    assert rows_of(track, Audience.JUDGES)[0]["private_score"] == 0.3141
    assert rows_of(track)[0]["private_score"] is None
    assert "0.3141" not in str(board_of(track).snapshot)


def test_published_board_ranks_everybody_by_the_private_score(db: None) -> None:
    track = TrackFactory(hackathon=HackathonFactory(published=True))
    ants, bees = new_team(track, "Ants"), new_team(track, "Bees")
    hand_in(ants, track, 0.9, private_score=0.2)
    hand_in(bees, track, 0.8, private_score=0.1)
    hand_in(bees, track, 0.3, private_score=0.7, is_final=True)

    refresh_board(track_id=track.pk)

    for audience in Audience:
        assert ranks_of(track, audience) == [("Bees", "1"), ("Ants", "2")]
    assert board_of(track).snapshot["header"]["ranked_by"] == "private"
    assert [row["public_score"] for row in rows_of(track)] == [0.3, 0.9]


def test_stale_tracks_are_the_live_ones_and_those_whose_moment_has_passed(db: None) -> None:
    live = TrackFactory()
    old = TrackFactory(
        hackathon=HackathonFactory(
            registration_opens_at=timezone.now() - 99 * HOUR,
            hacking_starts_at=timezone.now() - 98 * HOUR,
            submissions_close_at=timezone.now() - 97 * HOUR,
            scoreboard_freezes_at=None,
        )
    )
    TrackFactory(hackathon=HackathonFactory(registration=True))
    refresh_board(track_id=old.pk)
    assert stale_tracks() == [live.pk]

    old.hackathon.results_published_at = timezone.now() - HOUR
    old.hackathon.save()

    assert set(stale_tracks()) == {live.pk, old.pk}


def test_board_counts_down_to_the_end_of_a_grace_but_tells_of_no_teams_extension(
    track: Track,
) -> None:
    hackathon = track.hackathon
    close = hackathon.submissions_close_at
    team = new_team(track, "Ants")
    ExtensionFactory(team=team, until=close + 9 * HOUR)
    told = [current_board(track=track, audience=one).snapshot["header"] for one in Audience]
    assert [header["closes_at"] for header in told] == [round(close.timestamp(), 3)] * 2

    ExtensionFactory(team=None, hackathon=hackathon, until=close + HOUR)

    for audience in Audience:
        header = current_board(track=track, audience=audience).snapshot["header"]
        assert header["closes_at"] == round((close + HOUR).timestamp(), 3)


def test_board_is_lively_until_the_last_teams_runs_have_ended(db: None) -> None:
    now = timezone.now()
    track = TrackFactory(
        hackathon=HackathonFactory(submissions_close_at=now - 9 * HOUR, scoreboard_freezes_at=None)
    )
    refresh_board(track_id=track.pk)
    assert stale_tracks() == []

    ExtensionFactory(team=new_team(track, "Ants"), until=now - HOUR, granted_at=now - 9 * HOUR)

    assert stale_tracks() == [track.pk]


def test_tracks_long_closed_are_live_again_when_a_re_evaluation_is_applied(db: None) -> None:
    """Whoever applied it may have been cut off before anybody was told."""
    now = timezone.now()
    track = track_with({"a": "A"}, HackathonFactory(submissions_close_at=now - 9 * HOUR))
    answered(track, {"a": "A"})
    begun, before = started(track, next_version(track, {"a": "B"})), track.suite_version
    work_off()
    refresh_board(track_id=track.pk)
    assert stale_tracks() == []

    # Within the test's transaction nothing is told on commit.
    apply_reevaluation(reevaluation=begun, person=organizer_of(track))

    track.refresh_from_db()
    assert track.suite_version != before
    assert stale_tracks() == [track.pk]
    with time_machine.travel(now + 7 * HOUR, tick=False):
        assert stale_tracks() == []


def test_current_board_flips_at_the_very_moment_of_the_freeze(track: Track) -> None:
    freeze = track.hackathon.scoreboard_freezes_at
    assert freeze is not None
    hand_in(new_team(track, "Ants"), track, 0.5)
    before = current_board(track=track, audience=Audience.SPECTATORS)
    assert (before.version, before.snapshot["header"]["frozen"]) == (1, False)

    with time_machine.travel(freeze, tick=False):
        after = current_board(track=track, audience=Audience.SPECTATORS)

    assert (after.version, after.snapshot["header"]["frozen"]) == (2, True)
