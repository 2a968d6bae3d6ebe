"""Scores by tag on boards: of what ranks, and of nothing that is hidden."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.meanings import Meaning
from hackathons.enums import Audience
from hackathons.models import Team, Track
from scoreboards.domain import by_tag
from scoreboards.domain.boards import current_board, refresh_board
from tests.factories import HackathonFactory, SuiteVersionFactory, TeamFactory, TrackFactory, sums
from tests.scoreboards.conftest import solve

pytestmark = pytest.mark.django_db


def tagged_track(*tags: tuple[str, ...], **hackathon: Any) -> Track:
    """As many public and private tasks as there are tags; private ones all have "secret" too."""
    count = len(tags)
    tasks = [
        replace(task, tags=tags[n % count] + (("secret",) if n >= count else ()))
        for n, task in enumerate(sums(public=count, private=count))
    ]
    made: Track = TrackFactory(
        hackathon=HackathonFactory(**hackathon), suite_version=SuiteVersionFactory(tasks=tasks)
    )
    return made


def team(track: Track, name: str = "Ants") -> Team:
    made: Team = TeamFactory(hackathon=track.hackathon, name=name, slug=name.lower())
    return made


def board(track: Track, audience: Audience = Audience.SPECTATORS) -> dict[str, Any]:
    refresh_board(track_id=track.pk)
    shown: dict[str, Any] = current_board(track=track, audience=audience).snapshot
    return shown


MIXED = (("easy",), ("easy", "long"), ("hard",), ("hard", "long"))


def test_each_row_has_its_score_and_error_on_each_tag() -> None:
    track = tagged_track(*MIXED)
    solve(team(track), track, 2)

    shown = board(track)

    assert shown["header"]["tags"] == [["easy", 2], ["hard", 2], ["long", 2]]
    assert shown["rows"][0]["tags"] == [[1.0, 0.0], [0.0, 0.0], [0.5, 0.5]]


def test_a_single_tag_says_no_more_than_the_score() -> None:
    track = tagged_track(("sums",), ("sums",))
    solve(team(track), track, 1)

    shown = board(track)

    assert (shown["header"]["tags"], shown["rows"][0]["tags"]) == ([], [])


def test_of_many_tags_those_of_most_tasks_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    track = tagged_track(*MIXED, ("easy", "rare"))
    monkeypatch.setattr(by_tag, "MOST_TAGS", 3)
    solve(team(track), track, 2)

    assert [name for name, _ in board(track)["header"]["tags"]] == ["easy", "hard", "long"]


@pytest.mark.parametrize("audience", Audience)
def test_private_tasks_come_with_the_results(audience: Audience) -> None:
    for published in (False, True):
        track = tagged_track(*MIXED, **({"published": True} if published else {}))
        solve(team(track), track, 2, 4)

        shown = board(track, audience)

        assert ("secret" in dict(shown["header"]["tags"])) is published
        assert (shown["rows"][0]["tags"][1][0] == 1.0) is published


def test_frozen_board_keeps_the_tags_of_what_was_frozen() -> None:
    track = tagged_track(*MIXED, frozen=True)
    freeze = track.hackathon.scoreboard_freezes_at
    assert freeze is not None
    ants, before = team(track), freeze - (timezone.now() - freeze)
    solve(ants, track, 0, at=before, queued_at=before)
    solve(ants, track, 4, at=timezone.now())

    assert board(track)["rows"][0]["tags"][0] == [0.0, 0.0]
    assert board(track, Audience.JUDGES)["rows"][0]["tags"][0] == [1.0, 0.0]


def test_ladder_hides_them_from_all_but_judges() -> None:
    track = tagged_track(*MIXED)
    Track.objects.filter(pk=track.pk).update(ladder=True)
    solve(team(track), track, 2)

    assert board(track)["header"]["tags"] == []
    assert board(track, Audience.JUDGES)["header"]["tags"] != []


def test_team_without_a_result_for_each_task_has_none() -> None:
    track = tagged_track(*MIXED)
    solve(team(track, "Ants"), track, 2)
    solve(team(track, "Bees"), track, 2, unanswered=1)

    assert [bool(row["tags"]) for row in board(track)["rows"]] == [True, False]


def test_more_teams_than_are_compared_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    track = tagged_track(*MIXED)
    monkeypatch.setattr(by_tag, "MOST_RANGED", 1)
    for name in ("Ants", "Bees"):
        solve(team(track, name), track, 2)

    assert board(track)["header"]["tags"] == []


def test_tags_of_a_version_are_read_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    track = tagged_track(*MIXED)
    solve(team(track), track, 2)
    refresh_board(track_id=track.pk)
    board(track)

    with django_assert_num_queries(0):
        by_tag.tags_of(track.suite_version_id, by_tag.Split.PUBLIC)


def test_page_shows_them_as_a_table_with_a_sentence() -> None:
    track = tagged_track(*MIXED)
    solve(team(track), track, 2)
    refresh_board(track_id=track.pk)

    page = Client().get(reverse("scoreboards:board", args=[track.hackathon.slug, track.slug])).text

    table = page[page.index("data-tag-rows") : page.index("data-tag-rows") + 500]
    assert '<th scope="row">Ants</th><td class="numeric">100.0 <small>± 0.0</small></td>' in table
    assert Meaning.TAG.value in page
