"""The freeze holds on every surface: page, API and socket, for all but judges and organizers."""

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone
from pytest_django import Settings

from hackathons.enums import RoleKind
from hackathons.models import Track
from live.routing import websocket_urlpatterns
from scoreboards.api import BoardView
from scoreboards.domain.boards import refresh_board
from tests.factories import HackathonFactory, RoleFactory, TeamFactory, TrackFactory
from tests.live.browser import Socket
from tests.scoreboards.conftest import hand_in

urlpatterns = [path("board/<uuid:pk>/", BoardView.as_view(), name="board-api")]
SHOWN, HIDDEN = 0.4375, 0.8125
HOUR = timedelta(hours=1)


@pytest.fixture
def frozen(db: None) -> Track:
    """Frozen for an hour; the team had 43.75 % before, and has 81.35 % since."""
    track: Track = TrackFactory(hackathon=HackathonFactory(frozen=True))
    team = TeamFactory(hackathon=track.hackathon)
    hand_in(team, track, SHOWN, at=timezone.now() - 2 * HOUR)
    hand_in(team, track, HIDDEN)
    refresh_board(track_id=track.pk)
    return track


@pytest.fixture
def api(settings: Settings) -> None:
    """The API's view at an address of the test's own."""
    settings.ROOT_URLCONF = "tests.scoreboards.test_freeze"


def page(client: Client, track: Track) -> str:
    address = reverse("scoreboards:board", args=[track.hackathon.slug, track.slug])
    return client.get(address).content.decode()


def judge_of(track: Track) -> Client:
    client = Client()
    client.force_login(RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person)
    return client


def member_of(track: Track) -> Client:
    client = Client()
    client.force_login(track.hackathon.teams.get().people.get())
    return client


def test_page_hides_the_score_from_all_but_judges(frozen: Track) -> None:
    for client in (Client(), member_of(frozen)):
        html = page(client, frozen)
        assert "43.8" in html
        assert "FROZEN" in html
        assert "81.3" not in html
        assert str(HIDDEN) not in html
    assert "81.3" in page(judge_of(frozen), frozen)


def test_api_hides_the_score_from_all_but_judges(frozen: Track, api: None) -> None:
    for query in ("", "?since=0"):
        address = reverse("board-api", args=[frozen.pk]) + query
        for client in (Client(), member_of(frozen)):
            text = client.get(address).content.decode()
            assert str(SHOWN) in text
            assert str(HIDDEN) not in text
        assert str(HIDDEN) in judge_of(frozen).get(address).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["", "?since=0"])
def test_socket_hides_the_score_from_all_but_judges(frozen: Track, query: str) -> None:
    member = frozen.hackathon.teams.get().people.get()
    judge = RoleFactory(hackathon=frozen.hackathon, kind=RoleKind.JUDGE).person
    connection.close()

    for person in (AnonymousUser(), member):
        said = heard(frozen, person, query)
        assert str(SHOWN) in said
        assert str(HIDDEN) not in said
    assert str(HIDDEN) in heard(frozen, judge, query)


def heard(track: Track, person: object, query: str) -> str:
    """What the socket says first."""

    async def listen() -> str:
        socket = Socket(URLRouter(websocket_urlpatterns), f"/ws/board/{track.pk}/{query}", person)
        await socket.connect()
        first = json.dumps(await socket.hear())
        await socket.leave()
        await sync_to_async(connections.close_all)()
        return first

    return asyncio.run(listen())
