"""Where runs that wait stand in the queue, when they may start, or why they don't."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Max, Sum

from evaluation.domain.hall import Hall, OpenLine, Seat, read_hall
from evaluation.domain.queue import Crowd, Queue, Side, Waiting, start_in
from evaluation.domain.retries import Outcome
from evaluation.enums import RunState
from evaluation.models import Line, Run, RunEvent, Share
from hackathons.enums import Flow, Lane

SHARED = ("hackathon", "team", "running")
RECENT_EVENTS = 5000  # so far back in the log is looked for what runs usually take
OLDER = """
SELECT run.id, count(older.id)
FROM evaluation_run AS run
JOIN evaluation_line AS own ON own.id = run.line_id
JOIN evaluation_line AS line ON line.hackathon_id = own.hackathon_id
    AND line.team_id = own.team_id AND line.background = own.background
JOIN evaluation_run AS older ON older.line_id = line.id AND older.state = 'queued'
    AND (older.queued_at, older.id) < (run.queued_at, run.id)
WHERE run.id = ANY(%(runs)s) AND line.id = ANY(%(open)s)
GROUP BY run.id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A run's place among all that wait, from 1, and when it may start; else the reason.

    `at_most`: nothing like it has run lately, so the time is the latest that its limits allow.
    """

    position: int | None = None
    expected_start_at: datetime | None = None
    at_most: bool = False
    reason: str = ""


def places_of(runs: Iterable[Run], *, at: datetime, hall: Hall | None = None) -> dict[UUID, Place]:
    """The places of those that wait, in a fixed number of queries a track."""
    waiting = [run for run in runs if run.state == RunState.QUEUED]
    if not waiting:
        return {}
    hall = hall or read_hall()
    lines = Line.objects.select_related("hackathon", "track").in_bulk(
        {run.line_id for run in waiting}
    )
    older, found = _older(waiting, hall), _Finder(hall, lines.values(), at)
    return {run.pk: found.place(run, lines[run.line_id], older.get(run.pk, 0)) for run in waiting}


class _Finder:
    """Places as of one moment; what several runs need is asked and computed once."""

    def __init__(self, hall: Hall, lines: Iterable[Line], at: datetime) -> None:
        self._hall, self._at = hall, at
        self._held, self._open = Held(lines), {line.id for line in hall.lines}
        self._usual: dict[UUID, float | None] = {}

    def place(self, run: Run, line: Line, older: int) -> Place:
        """Of a run that waits, with so many older ones of its team."""
        if run.attempt and run.available_at > self._at:  # clocks differ: a new run is never late
            return Place(expected_start_at=run.available_at, reason="It is tried again soon.")
        if line.pk not in self._open:
            return Place(reason=self._held.why(line))
        stands = Waiting(line.hackathon_id, line.team_id, older, run.queued_at.timestamp())
        before = _queue_of(self._hall, line.track.lane).before(stands, background=line.background)
        if before is None:
            return Place()  # claimed or held at this very moment
        return self._start(run, line, before)

    def _start(self, run: Run, line: Line, before: int) -> Place:
        lane = Lane(line.track.lane)
        seats = [seat for seat in self._hall.seats_for(lane) if seat.slots]
        if not seats:
            return Place(before + 1, reason=_no_worker(lane, alive=lane in self._hall.alive))
        usual = self._usual_seconds(line)
        seconds = usual if usual is not None else float(run.policy["limits"]["wall_seconds"])
        starts = self._at + timedelta(seconds=_start_in(before, seats, self._at, seconds))
        return Place(before + 1, starts, at_most=usual is None)

    def _usual_seconds(self, line: Line) -> float | None:
        if line.track_id not in self._usual:
            self._usual[line.track_id] = usual_seconds(line)
        return self._usual[line.track_id]


class Held:
    """Why nothing of some lines starts; what is needed for it is asked at most once."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = list(lines)

    def why(self, line: Line) -> str:
        """In a sentence for its team; empty where it may go on."""
        event, track = line.hackathon, line.track
        for flow, what in ((event.flow, "the hackathon"), (track.flow, "this track")):
            if flow == Flow.PAUSED:
                return f"The organizers have paused {what}; its runs go on when they resume it."
            if flow == Flow.DRAINING:
                return f"The organizers let nothing new start in {what} for now."
        return self._limit(line)

    def _limit(self, line: Line) -> str:
        event, track = line.hackathon, line.track
        own = self._going.get((event.pk, line.team_id), 0)
        if event.team_max_runs is not None and own >= event.team_max_runs:
            return f"Your team has as many runs going as a team may have at once: {own}."
        if track.max_runs is not None and self._in_tracks.get(track.pk, 0) >= track.max_runs:
            return "This track has as many runs going as it may have at once."
        if event.max_runs is not None and self._going.get((event.pk, None), 0) >= event.max_runs:
            return "The hackathon has as many runs going as it may have at once."
        return ""

    @cached_property
    def _going(self) -> dict[tuple[UUID, UUID | None], int]:
        """Of each team, and of each event under None."""
        shares = Share.objects.filter(hackathon__in={line.hackathon_id for line in self._lines})
        return {(event, team): n for event, team, n in shares.values_list(*SHARED)}

    @cached_property
    def _in_tracks(self) -> dict[UUID, int]:
        lines = Line.objects.filter(track__in={line.track_id for line in self._lines})
        return dict(lines.order_by().values_list("track").annotate(all=Sum("running")))


def _start_in(before: int, seats: Sequence[Seat], at: datetime, seconds: float) -> float:
    rests = [(at - since).total_seconds() for seat in seats for since in seat.going]
    slots = max(sum(seat.slots for seat in seats), 1)
    return start_in(before, rests, idle=max(0, slots - len(rests)), duration=seconds)


def _no_worker(lane: Lane, *, alive: bool) -> str:
    if alive:
        return f"The workers for {lane.value} take no new runs for now."
    return f"No worker for {lane.value} is running."


@lru_cache(maxsize=8)
def _queue_of(hall: Hall, lane: str) -> Queue:
    """Made once for all who ask the same hall."""
    return _crowds(hall.lines_beside(lane))


def _crowds(lines: Iterable[OpenLine]) -> Queue:
    """A team's lines are one crowd: the oldest run of all goes first."""
    crowds: dict[tuple[bool, UUID, UUID], Crowd] = {}
    for line in lines:
        which = (line.background, line.event, line.team)
        crowds[which] = _joined(crowds.get(which), line)
    of = {back: [crowds[which] for which in crowds if which[0] is back] for back in (False, True)}
    return Queue(of[False], of[True])


def _joined(crowd: Crowd | None, line: OpenLine) -> Crowd:
    oldest, newest, waiting = line.oldest or 0.0, line.newest or 0.0, line.waiting
    if crowd is not None:
        oldest, newest = min(oldest, crowd.oldest), max(newest, crowd.newest)
        waiting += crowd.waiting
    return Crowd(
        event=line.event,
        team=line.team,
        event_side=Side(line.event_running, line.event_weight, line.event_used),
        team_side=Side(line.running, line.weight, line.used),
        waiting=waiting,
        closes=line.closes,
        oldest=oldest,
        newest=newest,
    )


def _older(runs: Sequence[Run], hall: Hall) -> dict[UUID, int]:
    """How many of the same team wait before each of these, of those that may go on."""
    given: dict[str, list[Any]] = {
        "runs": [run.pk for run in runs],
        "open": [line.id for line in hall.lines],
    }
    with connection.cursor() as cursor:
        cursor.execute(OLDER, given)
        return dict(cursor.fetchall())


def usual_seconds(line: Line) -> float | None:
    """How long a run of the track took lately, else one of its hackathon; None: nobody knows.

    What was only scored again, from recorded outputs, says nothing of it.
    """
    newest = RunEvent.objects.aggregate(newest=Max("id"))["newest"] or 0
    ended = RunEvent.objects.filter(
        id__gt=newest - RECENT_EVENTS,
        state__in=[RunState.SCORED, RunState.FAILED],
        run__line__hackathon=line.hackathon_id,
        run__source=None,
        run__attempts__number=F("attempt"),
        run__attempts__outcome__in=[Outcome.SCORED, Outcome.FAILED],
    )
    took = [
        (track_id, (ended_at - started_at).total_seconds())
        for track_id, started_at, ended_at in ended.values_list(
            "run__line__track", "run__attempts__started_at", "run__attempts__ended_at"
        )
        if ended_at is not None
    ]
    own = [seconds for track_id, seconds in took if track_id == line.track_id]
    chosen = own or [seconds for _, seconds in took]
    return sum(chosen) / len(chosen) if chosen else None
