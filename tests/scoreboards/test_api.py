"""GET …/board/: a snapshot, or the deltas since a number."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import path, reverse
from pytest_django import Settings

from hackathons.models import Track
from scoreboards.api import BoardView
from scoreboards.domain.boards import refresh_board
from scoreboards.serializers import BoardHeaderSerializer, BoardRowSerializer, BoardSerializer
from tests.factories import TeamFactory
from tests.scoreboards.conftest import broad_track, hand_in, solve

urlpatterns = [path("board/<uuid:pk>/", BoardView.as_view(), name="board-api")]


@pytest.fixture(autouse=True)
def mounted(settings: Settings) -> None:
    """The view at an address of the test's own."""
    settings.ROOT_URLCONF = "tests.scoreboards.test_api"


@pytest.fixture
def grown(track: Track) -> Track:
    """A board of version 2."""
    for score in (0.25, 0.5):
        hand_in(TeamFactory(hackathon=track.hackathon), track, score)
        refresh_board(track_id=track.pk)
    return track


def got(client: Client, track: Track, query: str = "") -> Any:
    return client.get(reverse("board-api", args=[track.pk]) + query)


def test_get_is_the_snapshot(client: Client, grown: Track) -> None:
    body = got(client, grown).json()

    assert (body["type"], body["version"], body["activity"]) == ("snapshot", 2, [])
    assert [row["score"] for row in body["board"]["rows"]] == [0.5, 0.25]


def test_get_since_a_number_is_the_rest(client: Client, grown: Track) -> None:
    body = got(client, grown, "?since=1").json()

    assert (body["type"], body["version"]) == ("deltas", 2)
    assert [delta["version"] for delta in body["deltas"]] == [2]
    assert got(client, grown, "?since=2").json()["deltas"] == []


def test_get_since_a_number_of_the_future_is_the_snapshot(client: Client, grown: Track) -> None:
    assert got(client, grown, f"?since={2**62}").json()["type"] == "snapshot"


@pytest.mark.parametrize("number", ["-1", "x", "1.5", str(2**70)])
def test_get_since_nonsense_is_refused(client: Client, grown: Track, number: str) -> None:
    assert got(client, grown, f"?since={number}").status_code == 400


def test_get_of_no_track_is_not_found(client: Client, db: None) -> None:
    assert client.get(reverse("board-api", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.parametrize("published", [False, True])
def test_get_is_what_the_schema_says(client: Client, db: None, published: bool) -> None:
    track = broad_track(published=published)
    for name, solved in (("Ants", 12), ("Bees", 6)):
        solve(TeamFactory(hackathon=track.hackathon, name=name), track, solved, solved)
    hand_in(TeamFactory(hackathon=track.hackathon), track, state="failed")

    for query in ("", "?since=0"):
        body = got(client, track, query).json()
        checked = BoardSerializer(data=body)
        assert checked.is_valid(), checked.errors
        boards = [body["board"]] if "board" in body else [one["board"] for one in body["deltas"]]
        for board in boards:
            assert set(board["header"]) == set(BoardHeaderSerializer().fields)
            for row in board["rows"]:
                assert set(row) == set(BoardRowSerializer().fields)
