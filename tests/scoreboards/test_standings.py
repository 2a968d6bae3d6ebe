"""A run's page says where its team stands on the board that the reader sees."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.meanings import Meaning
from evaluation.models import Run
from hackathons.enums import RoleKind
from hackathons.models import Team, Track
from scoreboards.domain.boards import refresh_board
from tests.factories import RoleFactory, TeamFactory
from tests.scoreboards.conftest import broad_track, hand_in, solve

pytestmark = pytest.mark.django_db


def standing(run: Run, person: User | None = None) -> str:
    """What the page says, tags taken off; empty where it says nothing."""
    refresh_board(track_id=run.submission.track_id)
    client = Client()
    client.force_login(person or run.submission.team.people.get())
    page = client.get(reverse("evaluation:submission", args=[run.submission_id])).text
    found = re.search(r"<p data-standing>(.*?)</p>", page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split()) if found else ""


def team(track: Track, name: str) -> Team:
    made: Team = TeamFactory(hackathon=track.hackathon, name=name, slug=name.lower())
    return made


def test_it_says_rank_range_and_tie_band_and_by_which_submission() -> None:
    track = broad_track()
    ants = team(track, "Ants")
    first, second = solve(ants, track, 6), solve(ants, track, 5)
    solve(team(track, "Bees"), track, 4)

    said = "On the scoreboard Ants has rank 1 (1–2), by {}; tie band of places 1 to 2."
    assert standing(first) == said.format("this submission")
    assert standing(second) == said.format("its submission #1")


def test_range_is_explained_in_a_sentence() -> None:
    track = broad_track()
    run = solve(team(track, "Ants"), track, 6)
    solve(team(track, "Bees"), track, 4)
    refresh_board(track_id=track.pk)
    client = Client()
    client.force_login(run.submission.team.people.get())

    page = client.get(reverse("evaluation:submission", args=[run.submission_id])).text

    assert page.count(Meaning.RANGE.value) == 2


def test_team_without_a_rank_reads_nothing() -> None:
    track = broad_track()
    run = hand_in(team(track, "Ants"), track, state="failed", reason="It crashed.")

    assert standing(run) == ""


def test_freeze_keeps_the_place_that_was_frozen_for_teams_alone() -> None:
    track = broad_track(frozen=True)
    freeze = track.hackathon.scoreboard_freezes_at
    assert freeze is not None
    ants, bees = team(track, "Ants"), team(track, "Bees")
    before = freeze - timedelta(hours=1)
    run = solve(ants, track, 1, at=before, queued_at=before)
    solve(bees, track, 12, at=before, queued_at=before)
    solve(ants, track, 12, at=timezone.now())
    judge = RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person

    assert standing(run) == "On the scoreboard Ants has rank 2, by this submission."
    assert "rank 1=" in standing(run, judge)
