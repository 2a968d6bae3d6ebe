"""Hackathons and tracks, for everybody."""

from collections.abc import Callable
from datetime import datetime

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from hackathons.enums import RoleKind
from tests.factories import (
    ExtensionFactory,
    HackathonFactory,
    RoleFactory,
    TeamFactory,
    TrackFactory,
)

pytestmark = pytest.mark.django_db
Bearer = Callable[[User], APIClient]


@pytest.mark.parametrize("count", [1, 3])
def test_hackathons_are_listed_in_4_queries(
    api: APIClient, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        TrackFactory()
    with django_assert_num_queries(4):
        answer = api.get("/api/v1/hackathons/")
    assert answer.json()["count"] == count


def test_hackathon_says_its_state_and_tracks(api: APIClient) -> None:
    track = TrackFactory(hackathon=HackathonFactory(frozen=True))

    body = api.get(f"/api/v1/hackathons/{track.hackathon.slug}/").json()

    assert (body["state"], body["frozen"]) == ("hacking", True)
    assert body["tracks"] == [{"id": str(track.pk), "slug": track.slug, "name": track.name}]


def test_hackathon_unknown_is_404_in_the_one_shape(api: APIClient) -> None:
    answer = api.get("/api/v1/hackathons/none/")
    assert (answer.status_code, sorted(answer.json())) == (404, ["code", "detail"])


def test_track_shows_strangers_no_quota(api: APIClient) -> None:
    track = TrackFactory()
    body = api.get(f"/api/v1/tracks/{track.pk}/").json()
    assert (body["quota"], body["hackathon"]) == (None, track.hackathon.slug)
    assert body["suite"]["digest"] == track.suite_version.digest
    assert [model["slug"] for model in body["models"]] == [track.allowed_models.get().slug]


def test_track_shows_a_team_what_is_left(api_of: Bearer) -> None:
    track = TrackFactory(daily_quota=3)
    person = TeamFactory(hackathon=track.hackathon).people.get()
    body = api_of(person).get(f"/api/v1/tracks/{track.pk}/").json()
    assert (body["quota"]["left"], body["quota"]["quota"]) == (3, 3)


def test_grace_is_told_everybody(api: APIClient) -> None:
    hackathon = HackathonFactory(closed=True)
    grace = ExtensionFactory(hackathon=hackathon, team=None)

    body = api.get(f"/api/v1/hackathons/{hackathon.slug}/").json()
    listed = api.get("/api/v1/hackathons/").json()["results"][0]

    told = {"until": shown(grace.until), "reason": grace.reason}
    assert (body["grace"], listed["grace"]) == (told, told)
    assert body["submissions_close_at"] == shown(hackathon.submissions_close_at)
    assert (body["your_submissions_close_at"], body["your_extension"]) == (None, None)


def test_extension_is_told_its_team_alone(api: APIClient, api_of: Bearer) -> None:
    extension = ExtensionFactory()
    hackathon, ours = extension.hackathon, extension.team
    assert ours is not None
    where = f"/api/v1/hackathons/{hackathon.slug}/"
    judge = RoleFactory(hackathon=hackathon, kind=RoleKind.JUDGE).person

    own = api_of(ours.people.get()).get(where).json()
    others = api_of(TeamFactory(hackathon=hackathon).people.get()).get(where).json()

    assert own["your_extension"] == {"until": shown(extension.until), "reason": extension.reason}
    assert own["your_submissions_close_at"] == shown(extension.until)
    assert (own["grace"], others["your_extension"]) == (None, None)
    assert others["your_submissions_close_at"] == shown(hackathon.submissions_close_at)
    for person in (api_of(judge), api):
        assert extension.reason not in person.get(where).text
    assert extension.reason not in api.get("/api/v1/hackathons/").text


def shown(at: datetime) -> str:
    """A moment as the API writes it."""
    return at.isoformat().replace("+00:00", "Z")
