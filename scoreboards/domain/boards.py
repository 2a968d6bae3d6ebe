"""Stored versions of boards: a refresh adds one if, and only if, something changed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from evaluation.models import Reevaluation
from hackathons.deadlines import last_close
from hackathons.enums import Audience
from hackathons.models import Track
from scoreboards.domain.entries import entries_of
from scoreboards.domain.findings import findings_of
from scoreboards.domain.payload import Json, board_of, clock_of, diff, lens_of, ranked_of
from scoreboards.domain.released import released_results
from scoreboards.domain.results import has_private_tasks, results_of, track_of
from scoreboards.models import Board, BoardDelta

KEPT_DELTAS = 500
# Runs go on after the close; so long a board is rebuilt even if nothing says that it changed.
LIVELY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class BoardMessage:
    """What all who watch a channel should hear."""

    channel: str
    message: dict[str, Any]


def channel_of(track_id: UUID, audience: Audience) -> str:
    """The channel of a track's board for one audience."""
    return f"{track_id}.{audience.value}"


def refresh_board(*, track_id: UUID) -> list[BoardMessage]:
    """Bring both boards of a track up to date; the messages to push, none if nothing changed.

    It may be called at any time and any number of times at once: of two, the second waits for
    the first and reads what was committed before it began to build.
    """
    refreshed = (_refresh(track_id, audience) for audience in Audience)
    return [message for message in refreshed if message]


def stale_tracks() -> list[UUID]:
    """Tracks whose boards may be out of date although no run said so.

    Hackathons that are live, and tracks whose re-evaluation was decided lately, lest a lost nudge
    leave a board behind; and all whose timeline says otherwise than their board: the freeze and
    the results come without any run.
    """
    now = timezone.now()
    lately = Reevaluation.objects.filter(decided_at__gt=now - LIVELY)
    decided = set(lately.values_list("track", flat=True))
    tracks = Track.objects.select_related("hackathon").prefetch_related("hackathon__extensions")
    tracks = tracks.filter(hackathon__hacking_starts_at__lte=now)
    return [
        track.pk
        for track in tracks
        if track.pk in decided or _is_lively(track) or _is_outdated(track)
    ]


def current_board(*, track: Track, audience: Audience) -> Board:
    """The stored board, refreshed first where there is none or the clock has moved on."""
    board = stored_board(track=track, audience=audience)
    if board is None:
        _refresh(track.pk, audience)
        board = Board.objects.get(track=track, audience=audience)
    return board


def stored_board(*, track: Track, audience: Audience) -> Board | None:
    """The stored board; None where there is none, or the clock has moved on since."""
    board = Board.objects.filter(track=track, audience=audience).first()
    if board is None or not _agrees(board.snapshot.get("header", {}), track, audience):
        return None
    return board


def deltas_since(board: Board, version: int) -> list[BoardDelta] | None:
    """What came after that version, in order; None where some of it is no longer kept."""
    if version > board.version:
        return None
    deltas = list(board.deltas.filter(version__gt=version).order_by("version"))
    if not deltas:
        return [] if version == board.version else None
    return deltas if deltas[0].version == version + 1 else None


@transaction.atomic
def _refresh(track_id: UUID, audience: Audience) -> BoardMessage | None:
    if not Track.objects.filter(pk=track_id).exists():
        return None
    Board.objects.get_or_create(track_id=track_id, audience=audience)
    board = Board.objects.select_for_update(no_key=True).get(track_id=track_id, audience=audience)
    built = _build(track_id, audience)
    changed = diff(board.snapshot, built)
    if changed is None:
        return None
    board.version, board.snapshot = board.version + 1, built
    board.save(update_fields=["version", "snapshot", "updated_at"])
    BoardDelta.objects.create(board=board, version=board.version, payload=changed)
    _old_deltas(board).delete()
    message = {"type": "delta", "version": board.version, "board": changed}
    return BoardMessage(channel_of(track_id, audience), message)


def _build(track_id: UUID, audience: Audience) -> Json:
    """The board as of the moment after everything was read: what the freeze hides stays hidden.

    Which runs are read depends on the freeze, too: where it begins meanwhile, they are read again.
    """
    track = track_of(track_id)
    assert track is not None, "its board is locked, and goes with it"
    private_tasks = has_private_tasks(track)
    until = lens_of(track, audience, timezone.now(), private_tasks=private_tasks).until
    results = results_of(track, until=until)
    now = timezone.now()
    lens = lens_of(track, audience, now, private_tasks=private_tasks)
    if lens.until != until:
        results = results_of(track, until=lens.until)
    if lens.ladder:
        results = released_results(results)
    ranked = ranked_of(entries_of(results, lens))
    findings = findings_of(ranked, lens, track.suite_version_id)
    return board_of(clock_of(track, audience, now), ranked, lens, findings)


def _old_deltas(board: Board) -> QuerySet[BoardDelta]:
    return board.deltas.filter(version__lte=F("board__version") - KEPT_DELTAS)


def _is_lively(track: Track) -> bool:
    hackathon = track.hackathon
    return timezone.now() < last_close(hackathon, hackathon.extensions.all()) + LIVELY


def _is_outdated(track: Track) -> bool:
    headers = dict(Board.objects.filter(track=track).values_list("audience", F("snapshot__header")))
    return not all(_agrees(headers.get(audience) or {}, track, audience) for audience in Audience)


def _agrees(header: Json, track: Track, audience: Audience) -> bool:
    """Whether a stored header says of the timeline what is true now."""
    return clock_of(track, audience, timezone.now()).items() <= header.items()
