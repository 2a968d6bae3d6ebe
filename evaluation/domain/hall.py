"""All runs that wait and may go on, and the workers that live: what places are computed from."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F

from evaluation.domain.line import DEADLINE, MAY_GO_ON
from evaluation.domain.roster import live_workers, seat_name
from evaluation.enums import ACTIVE
from evaluation.models import Attempt
from hackathons.enums import Flow, Lane

OPEN_NOW = f"""
SELECT line.id, line.hackathon_id AS event, line.team_id AS team, track.lane, line.background,
    line.waiting, event.running AS event_running, hackathon.share_weight AS event_weight,
    evaluation_recent(event.recent_seconds, event.measured_at)
        / hackathon.share_weight AS event_used,
    own.running, team.share_weight AS weight,
    evaluation_recent(own.recent_seconds, own.measured_at) / team.share_weight AS used,
    extract(epoch FROM {DEADLINE})::float8 AS closes,
    extract(epoch FROM (SELECT min(queued_at) FROM evaluation_run
        WHERE line_id = line.id AND state = 'queued'))::float8 AS oldest,
    extract(epoch FROM (SELECT max(queued_at) FROM evaluation_run
        WHERE line_id = line.id AND state = 'queued'))::float8 AS newest
{MAY_GO_ON}"""


class OpenLine(NamedTuple):
    """A line that may go on, with what orders it; times are seconds since 1970."""

    id: int
    event: UUID
    team: UUID
    lane: str
    background: bool
    waiting: int
    event_running: int
    event_weight: float
    event_used: float
    running: int
    weight: float
    used: float
    closes: float
    oldest: float
    newest: float


@dataclass(frozen=True, slots=True)
class Seat:
    """A worker that lives and takes runs, and since when each of its runs goes."""

    lanes: frozenset[str]
    slots: int
    going: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, eq=False)  # one is itself only, so that it can be a key
class Hall:
    """All that wait and may go on, and who works; the same for everybody who asks."""

    lines: tuple[OpenLine, ...]
    seats: tuple[Seat, ...]
    alive: frozenset[str]  # lanes with a worker that lives, whether it takes runs or not

    def seats_for(self, lane: str) -> list[Seat]:
        """The workers that may take a run of the lane."""
        return [seat for seat in self.seats if lane in seat.lanes]

    def lines_beside(self, lane: str) -> list[OpenLine]:
        """The lines that all those workers choose from."""
        seats = self.seats_for(lane)
        shared = frozenset.intersection(*(seat.lanes for seat in seats)) if seats else {lane}
        return [line for line in self.lines if line.lane in shared]


def read_hall() -> Hall:
    """As it is now, in four queries."""
    given = {"lanes": [lane.value for lane in Lane]}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_NOW, given)
        lines = tuple(OpenLine(*row) for row in cursor.fetchall())
    going: dict[str, list[datetime]] = {}
    current = Attempt.objects.filter(run__state__in=sorted(ACTIVE), number=F("run__attempt"))
    for worker, started_at in current.values_list("worker", "started_at"):
        going.setdefault(seat_name(worker), []).append(started_at)
    alive = list(live_workers())
    seats = tuple(
        Seat(frozenset(worker.lanes), worker.slots, tuple(going.get(worker.name, ())))
        for worker in alive
        if worker.flow == Flow.OPEN
    )
    return Hall(lines, seats, frozenset(lane for worker in alive for lane in worker.lanes))
