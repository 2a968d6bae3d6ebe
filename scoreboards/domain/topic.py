"""The live topic "board": its key is a track, and each audience has a channel of its own."""

from typing import Any
from uuid import UUID

from hackathons.enums import Audience
from hackathons.models import Track
from hackathons.rules import Person, audience_of
from scoreboards.domain.boards import channel_of, current_board, deltas_since
from scoreboards.domain.progress import activity_of
from scoreboards.domain.results import track_of
from scoreboards.models import Board, BoardDelta

Message = dict[str, Any]


def authorise(person: Person, key: str) -> str | None:
    """The channel of the track for the person's audience; None where there is no such track."""
    try:
        track = track_of(UUID(key))
    except ValueError:
        return None
    return channel_of(track.pk, audience_of(person, track.hackathon)) if track else None


def snapshot(channel: str) -> Message:
    """The whole board, and what is being evaluated now."""
    track, audience = _parts(channel)
    if track is None:
        return {"type": "snapshot", "version": 0, "board": {}, "activity": []}
    return snapshot_message(current_board(track=track, audience=audience), track, audience)


def since(channel: str, version: int) -> list[Message] | None:
    """The deltas after that version and, in one message, what is being evaluated now."""
    track, audience = _parts(channel)
    if track is None:
        return []
    deltas = deltas_since(current_board(track=track, audience=audience), version)
    if deltas is None:
        return None
    return [*map(delta_message, deltas), activity_message(track, audience)]


def snapshot_message(board: Board, track: Track, audience: Audience) -> Message:
    """A board as browsers and the API get it."""
    return {
        "type": "snapshot",
        "version": board.version,
        "board": board.snapshot,
        "activity": activity_of(track, audience),
    }


def delta_message(delta: BoardDelta) -> Message:
    """A stored delta as browsers and the API get it."""
    return {"type": "delta", "version": delta.version, "board": delta.payload}


def activity_message(track: Track, audience: Audience) -> Message:
    """Everything that is being evaluated: it stands for all that was told of progress before."""
    return {"type": "activity", "activity": activity_of(track, audience)}


def _parts(channel: str) -> tuple[Track | None, Audience]:
    key, _, audience = channel.partition(".")
    return track_of(UUID(key)), Audience(audience)
