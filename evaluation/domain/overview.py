"""The whole queue as an organizer sees it: what waits, what goes, and who works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Min, QuerySet, Sum

from evaluation.domain.places import Place, places_of
from evaluation.domain.roster import seat_name
from evaluation.domain.savings import Savings, savings_by_track
from evaluation.enums import ACTIVE, RunState
from evaluation.models import Attempt, Line, Run, Worker
from hackathons.models import Hackathon, Track

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Load:
    """How many runs wait and go, and since when the oldest of them waits."""

    waiting: int = 0
    going: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track with what waits and goes of it, and what early stops saved, if any."""

    track: Track
    load: Load
    savings: Savings | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """A hackathon with its tracks."""

    hackathon: Hackathon
    tracks: Sequence[TrackRow]
    load: Load


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker, how many runs it has, and whether it was seen lately."""

    worker: Worker
    going: int
    alive: bool


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A run that waits, and where."""

    run: Run
    place: Place


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it; of `waiting` and `going` the oldest fifty."""

    events: Sequence[EventRow]
    workers: Sequence[WorkerRow]
    waiting: Sequence[WaitingRow]
    going: Sequence[Attempt]


def overview_of(hackathons: QuerySet[Hackathon], *, at: datetime) -> Overview:
    """The queue of these hackathons, in a fixed number of queries a track that waits."""
    loads, savings = _loads(hackathons), savings_by_track(hackathons)
    tracks: dict[UUID, list[TrackRow]] = {}
    for track in Track.objects.filter(hackathon__in=hackathons).order_by("position", "name"):
        row = TrackRow(track, loads.get(track.pk, Load()), savings.get(track.pk))
        tracks.setdefault(track.hackathon_id, []).append(row)
    events = [_event(event, tracks.get(event.pk, [])) for event in hackathons]
    events.sort(key=lambda row: (-row.load.waiting - row.load.going, row.hackathon.name))
    return Overview(events, _workers(at), _waiting(hackathons, at), _going(hackathons))


def _event(hackathon: Hackathon, tracks: Sequence[TrackRow]) -> EventRow:
    since = [row.load.oldest for row in tracks if row.load.oldest is not None]
    waiting, going = (sum(row.load.waiting for row in tracks), sum(r.load.going for r in tracks))
    return EventRow(hackathon, tracks, Load(waiting, going, min(since, default=None)))


def _loads(hackathons: QuerySet[Hackathon]) -> dict[UUID, Load]:
    lines = Line.objects.filter(hackathon__in=hackathons).order_by()
    counted = lines.values_list("track").annotate(waits=Sum("waiting"), goes=Sum("running"))
    waits = Run.objects.filter(state=RunState.QUEUED, line__hackathon__in=hackathons).order_by()
    oldest = dict(waits.values_list("line__track").annotate(since=Min("queued_at")))
    return {track: Load(waits, goes, oldest.get(track)) for track, waits, goes in counted}


def _workers(at: datetime) -> list[WorkerRow]:
    going: dict[str, int] = {}
    for name in Run.objects.filter(state__in=sorted(ACTIVE)).values_list("worker", flat=True):
        going[seat_name(name)] = going.get(seat_name(name), 0) + 1
    since = at - timedelta(seconds=settings.LEASE_SECONDS)
    return [
        WorkerRow(worker, going.get(worker.name, 0), alive=worker.seen_at > since)
        for worker in Worker.objects.order_by("name")
    ]


def _waiting(hackathons: QuerySet[Hackathon], at: datetime) -> list[WaitingRow]:
    waits = Run.objects.filter(state=RunState.QUEUED, line__hackathon__in=hackathons)
    oldest = list(
        waits.select_related("submission__team", "submission__track").order_by("queued_at")[:SHOWN]
    )
    places = places_of(oldest, at=at)
    rows = [WaitingRow(run, places[run.pk]) for run in oldest]
    return sorted(rows, key=lambda row: (row.place.position is None, row.place.position or 0))


def _going(hackathons: QuerySet[Hackathon]) -> list[Attempt]:
    """The newest attempts of what goes, longest first."""
    current = Attempt.objects.filter(
        run__state__in=sorted(ACTIVE),
        run__line__hackathon__in=hackathons,
        number=F("run__attempt"),
    )
    related = current.select_related("run__submission__team", "run__submission__track")
    return list(related.order_by("started_at")[:SHOWN])
