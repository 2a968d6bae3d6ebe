"""Refreshing boards, away from the runs."""

from collections.abc import Iterable
from uuid import UUID

from common.soon import soon
from common.tasks import project_task
from scoreboards.domain import boards
from scoreboards.models import Board
from scoreboards.signals import board_changed


@project_task(name="scoreboards.refresh_board", queue="platform")
def refresh_board(*, track_id: str) -> None:
    """Bring a track's boards up to date soon: once for all runs that ask within a moment."""
    refresh_soon(track_id=UUID(str(track_id)))


@project_task(name="scoreboards.refresh_all", queue="platform")
def refresh_all() -> None:
    """Bring all boards up to date that no run speaks for: moments pass without one."""
    for track_id in boards.stale_tracks():
        announce(boards.refresh_board(track_id=track_id))


@soon
def refresh_soon(*, track_id: UUID) -> None:
    """Bring a track's boards up to date, and say so."""
    announce(boards.refresh_board(track_id=track_id))


def announce(messages: Iterable[boards.BoardMessage]) -> None:
    """Tell whoever listens; a listener that fails changes nothing."""
    for told in messages:
        board_changed.send_robust(Board, channel=told.channel, message=told.message)
