"""Refreshing tells whoever listens, and a listener that fails changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from hackathons.models import Track
from scoreboards.signals import board_changed
from scoreboards.tasks import refresh_all, refresh_board
from tests.factories import HackathonFactory, TeamFactory, TrackFactory
from tests.scoreboards.conftest import hand_in


@pytest.fixture
def told() -> Iterator[list[str]]:
    """The channels that were told of a change, before one listener that fails."""
    channels: list[str] = []

    def hear(channel: str, **_: Any) -> None:
        channels.append(channel)
        raise RuntimeError("The listener is broken.")

    board_changed.connect(hear)
    yield channels
    board_changed.disconnect(hear)


def test_refresh_board_tells_both_audiences_once(track: Track, told: list[str]) -> None:
    hand_in(TeamFactory(hackathon=track.hackathon), track, 0.5)

    refresh_board(track_id=str(track.pk))
    refresh_board(track_id=str(track.pk))

    assert told == [f"{track.pk}.spectators", f"{track.pk}.judges"]


def test_refresh_all_flips_a_board_when_its_moment_comes(db: None, told: list[str]) -> None:
    track = TrackFactory(hackathon=HackathonFactory(closed=True))
    refresh_all()
    told.clear()

    track.hackathon.results_published_at = timezone.now()
    track.hackathon.save()
    refresh_all()
    refresh_all()

    assert told == [f"{track.pk}.spectators", f"{track.pk}.judges"]
