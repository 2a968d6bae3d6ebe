"""Claimed: one worker takes the next run, and keeps it by a lease that it must renew."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from psycopg import Cursor

from evaluation.domain.line import ALL_LANES, NEXT_IN_LINE
from evaluation.domain.roster import seat_name
from evaluation.domain.transitions import HELD, LOGGED, announce
from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.enums import Flow, Lane

TRIES = 5
MOST_PLACES = 2**31 - 1
LOCK_WAITING = f"""
SELECT hackathon_id FROM evaluation_share
WHERE team_id IS NULL
    AND hackathon_id IN (SELECT hackathon_id FROM evaluation_line WHERE waiting > 0)
    AND NOT EXISTS (
        SELECT FROM evaluation_worker WHERE name = %(seat)s AND flow <> '{Flow.OPEN}')
ORDER BY hackathon_id FOR NO KEY UPDATE
"""
# The arrow from queued to preparing, as `move` would go it, with the attempt and the log, in one
# statement: a claim waits for few answers while it keeps all others waiting.
TAKE = f"""
WITH head AS MATERIALIZED ({NEXT_IN_LINE}),
moved AS (
    UPDATE evaluation_run AS run
    SET state = '{RunState.PREPARING}', reason = '', attempt = run.attempt + 1,
        worker = %(worker)s, started_at = coalesce(run.started_at, statement_timestamp()),
        lease_expires_at = statement_timestamp() + %(lease)s::float8 * interval '1 second'
    FROM head
    WHERE run.id = head.id AND run.attempt = head.attempt AND run.state = '{RunState.QUEUED}'
    RETURNING run.*
),
tried AS (
    INSERT INTO evaluation_attempt (run_id, number, worker, started_at)
    SELECT id, attempt, worker, statement_timestamp() FROM moved
),
{LOGGED}
SELECT head.id, head.track_id, moved.attempt FROM head LEFT JOIN moved ON true
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a run. `attempt` is the fencing number."""

    run_id: UUID
    attempt: int
    worker: str


@dataclass(frozen=True, slots=True)
class _Taken:
    """Of what track the next run was, and the hold on it, unless it was changed just then."""

    track_id: UUID
    claim: Claim | None


def claim_run(*, worker: str, lanes: Sequence[Lane] = ALL_LANES) -> Claim | None:
    """Take the next run of these lanes, or None where nothing that waits may go on.

    `worker` is a process of a worker, as "name:process id".
    """
    for _ in range(TRIES):
        with transaction.atomic():
            # What another event queues from here on is left to the next claim: its nudge follows.
            taken = take_next(lock_waiting(worker), worker, lanes)
            if taken is None:
                return None
            if taken.claim:
                tell = partial(announce, taken.claim.run_id, taken.track_id, queued=None)
                transaction.on_commit(tell)
                return taken.claim
    return None  # each time it was cancelled at that moment; the sweep nudges again


def lock_waiting(worker: str) -> list[UUID]:
    """The events for which something waits, locked; none where the worker may take no more.

    Claims take the shares of events first, in the order of their keys, then those of teams, and so
    does what ends a run: no two can both pass a limit, and the second of two sees what the first
    one took. Nothing of these events is claimed elsewhere until the transaction ends.
    """
    with _prepared(LOCK_WAITING, {"seat": seat_name(worker)}) as cursor:
        return [hackathon for (hackathon,) in cursor]


def take_next(events: Sequence[UUID], worker: str, lanes: Sequence[Lane]) -> _Taken | None:
    """Take the run that is next of these events, unless somebody changes it at that moment."""
    given = {
        "events": list(events),
        "lanes": [lane.value for lane in lanes],
        "worker": worker,
        "lease": settings.LEASE_SECONDS,
    }
    # The best nearly always has a run that is not held back.
    for places in (1, MOST_PLACES) if events else ():
        with _prepared(TAKE, {**given, "places": places}) as cursor:
            row = cursor.fetchone()
        if row is not None:
            run_id, track_id, attempt = row
            return _Taken(track_id, Claim(run_id, attempt, worker) if attempt else None)
    return None


@contextmanager
def _prepared(query: str, given: dict[str, object]) -> Iterator[Cursor[Any]]:
    """Planning takes as long as the query itself, so it is prepared once a connection."""
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        yield cursor.execute(query, given, prepare=True)


def renew_lease(claim: Claim) -> bool:
    """Prolong the hold; False once it is lost, and then it never comes back."""
    return bool(
        Run.objects.filter(HELD, pk=claim.run_id, attempt=claim.attempt).update(
            lease_expires_at=lease_end()
        )
    )


def still_held(claim: Claim) -> bool:
    """Whether the attempt holds the run: nobody cancelled it, paused it or took it away."""
    return Run.objects.filter(HELD, pk=claim.run_id, attempt=claim.attempt).exists()


def lease_end() -> object:
    """When a lease taken now expires."""
    return after(settings.LEASE_SECONDS)


def after(seconds: float) -> object:
    """That much later than now, by PostgreSQL's clock: workers' clocks may differ."""
    return Now() + timedelta(seconds=seconds)
