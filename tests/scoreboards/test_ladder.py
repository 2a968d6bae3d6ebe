"""A Ladder on every surface: teams and spectators read what it released, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from knox.models import get_token_model
from rest_framework.test import APIClient

from accounts.models import User
from common.meanings import Meaning
from corral.statistics.ladder import largest_stderr
from evaluation.models import Run
from hackathons.enums import Audience, RoleKind
from hackathons.models import Team, Track
from scoreboards.domain.boards import current_board, refresh_board
from scoreboards.domain.reevaluations import _summary, preview_of
from tests.evaluation.shadows import answered, next_version, started, track_with, work_off
from tests.evaluation.test_ladder import climbing, ladder_track
from tests.factories import RoleFactory, TeamFactory
from tests.scoreboards.conftest import solve

pytestmark = pytest.mark.django_db
Row = dict[str, Any]
# What differs between two runs that nobody should tell apart: keys, digests, moments, tokens.
NOISE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\w{64}\b|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?"
    r"|\d\d:\d\d(:\d\d)?|\d{10}(\.\d+)?|Project \d+"
)


def board(track: Track, audience: Audience = Audience.SPECTATORS) -> Row:
    refresh_board(track_id=track.pk)
    shown: Row = current_board(track=track, audience=audience).snapshot
    return shown


def clients_of(person: User) -> tuple[Client, APIClient]:
    browser, api = Client(), APIClient()
    browser.force_login(person)
    api.credentials(HTTP_AUTHORIZATION=f"Token {get_token_model().objects.create(user=person)[1]}")
    return browser, api


def surfaces(track: Track, run: Run) -> Iterator[tuple[bool, str]]:
    """Whether it is the API's, and the address, of all that tells of a run and its track."""
    where = [track.hackathon.slug, track.slug]
    for name in ("hackathons:track", "scoreboards:board", "evaluation:submissions"):
        yield False, reverse(name, args=where)
    for name in ("submission", "status", "results", "row", "calls", "calls-file"):
        yield False, reverse(f"evaluation:{name}", args=[run.submission_id])
    for path in ("", "submissions/", "board/", "board/?since=0", "reevaluations/"):
        yield True, f"/api/v1/tracks/{track.pk}/{path}"
    yield True, f"/api/v1/submissions/{run.submission_id}/"
    for path in ("", "results/", "calls/", "log/"):
        yield True, f"/api/v1/runs/{run.pk}/{path}"


def read(track: Track, team: Team, solved: int, **run: Any) -> dict[str, str]:
    """What a member reads of the team's second run, by address; then it is as if it never ran."""
    with transaction.atomic():
        member = team.people.get()
        second = solve(team, track, solved, **run)
        refresh_board(track_id=track.pk)
        browser, api = clients_of(member)
        bodies = {
            NOISE.sub("…", address): NOISE.sub(
                "…", (api if is_api else browser).get(address).content.decode()
            )
            for is_api, address in surfaces(track, second)
        }
        transaction.set_rollback(True)
    return bodies


def test_runs_that_raise_nothing_read_alike_on_every_surface() -> None:
    track = ladder_track()
    team, _ = climbing(track, 6)

    worse, better = read(track, team, 1), read(track, team, 7, offset=1)

    assert worse == better
    assert len(worse) == 19


def test_runs_of_a_track_without_a_ladder_do_not_read_alike() -> None:
    """Or the test above would see nothing."""
    track = ladder_track()
    Track.objects.filter(pk=track.pk).update(ladder=False)
    team, _ = climbing(track, 6)

    worse, better = read(track, team, 1), read(track, team, 7, offset=1)

    differing = [address for address in worse if worse[address] != better[address]]
    assert len(differing) >= 10


def test_spectators_see_released_scores_in_their_order_and_no_ranges() -> None:
    track = ladder_track()
    climbing(track, 6, 7)
    climbing(track, 5)

    shown = board(track)

    assert [(row["score"], row["rank"]) for row in shown["rows"]] == [(0.5, 1), (0.416667, 2)]
    assert (shown["header"]["ladder"], shown["header"]["ranges"]) == (True, False)
    for row in shown["rows"]:
        assert (row["best_of"], row["luck"], row["rank_best"]) == (None, None, None)
        assert row["stderr"] == pytest.approx(
            largest_stderr(row["score"], [1] * 12, [None] * 12), abs=1e-6
        )
        assert len(row["history"]) == 1


def test_judges_see_each_teams_own_best_with_its_range() -> None:
    track = ladder_track()
    climbing(track, 6, 7)

    shown = board(track, Audience.JUDGES)

    (row,) = shown["rows"]
    assert (row["score"], row["best_of"], shown["header"]["ranges"]) == (0.583333, 2, True)


def test_results_are_of_the_runs_themselves() -> None:
    track = ladder_track(published=True)
    climbing(track, 6, 7)

    assert not board(track)["header"]["ladder"]
    assert board(track)["header"]["ranges"]


def test_turning_it_on_or_off_changes_the_stored_board() -> None:
    track = ladder_track()
    climbing(track, 6, 7)
    assert board(track)["rows"][0]["score"] == 0.5

    track.ladder = False
    track.save()

    shown = current_board(track=track, audience=Audience.SPECTATORS).snapshot
    assert shown["rows"][0]["score"] == 0.583333


def test_page_says_what_the_scores_are() -> None:
    track = ladder_track()
    team, runs = climbing(track, 6, 7)
    where = [track.hackathon.slug, track.slug]
    browser, _ = clients_of(team.people.get())

    page = browser.get(reverse("scoreboards:board", args=where)).content.decode()
    of_run = browser.get(reverse("evaluation:submission", args=[runs[1].submission_id]))

    assert Meaning.LADDER.replace("'", "&#x27;") in page
    assert ">Luck<" not in page
    assert "did not raise your team’s public score" in of_run.content.decode()


def test_api_says_that_the_score_is_the_ladders() -> None:
    track = ladder_track()
    team, runs = climbing(track, 6, 7)
    _, api = clients_of(team.people.get())

    first, second = (api.get(f"/api/v1/runs/{run.pk}/").json() for run in runs)
    refused = api.get(f"/api/v1/runs/{runs[1].pk}/results/")

    fields = ("score", "hidden", "raised", "verdicts", "tags", "best_of")
    assert [first[field] for field in fields] == [0.5, "ladder", True, None, None, None]
    assert [second[field] for field in fields] == [0.5, "ladder", False, None, None, None]
    assert (refused.status_code, refused.json()["code"]) == (403, "ladder")


def test_changes_of_a_reevaluation_are_told_by_released_scores() -> None:
    """The second team's own best leads before and after; only the Ladder's scores change places."""
    track = track_with(dict.fromkeys("abcdefgh", "A"))
    track.ladder = True
    track.save()
    ants, bees = (TeamFactory(hackathon=track.hackathon, name=name) for name in ("Ants", "Bees"))
    for team, solved in ((ants, "abcd"), (bees, "abc"), (bees, "defgh")):
        answered(track, dict.fromkeys("abcdefgh", "no") | dict.fromkeys(solved, "A"), team)
    reevaluation = started(track, next_version(track, dict.fromkeys("abcdefgh", "A") | {"a": "B"}))
    work_off()

    moved = _summary(reevaluation)["public"]

    assert [(one["name"], one["before"], one["after"]) for one in moved] == [
        ("Bees", "2", "1"),
        ("Ants", "1", "2"),
    ]
    assert preview_of(reevaluation).summary["public"] == []


def test_judges_page_says_what_others_see() -> None:
    track = ladder_track()
    climbing(track, 6)
    judge = RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person
    browser, _ = clients_of(judge)

    page = browser.get(reverse("scoreboards:board", args=[track.hackathon.slug, track.slug]))

    assert "This scoreboard is a Ladder" in page.content.decode()
    assert ">Luck<" in page.content.decode()
