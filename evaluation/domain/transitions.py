"""The one place where a run changes its state: one guarded UPDATE, and its line in the log."""

from typing import Any, cast
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery

from evaluation.enums import ACTIVE, ENDED, TRANSITIONS, RunState
from evaluation.models import Run, RunEvent
from evaluation.signals import run_changed, run_queued
from hackathons.enums import Lane

SOURCES = {
    target: [source for source, targets in TRANSITIONS.items() if target in targets]
    for target in RunState
}
# What moved, a CTE of rows of runs, is logged in the same statement.
LOGGED = """
logged AS (
    INSERT INTO evaluation_runevent (run_id, at, attempt, state, reason)
    SELECT id, statement_timestamp(), attempt, state, reason FROM moved
)
"""
HELD = Q(state__in=sorted(ACTIVE), lease_expires_at__gt=Now())


def move(
    *,
    run_id: UUID,
    attempt: int,
    to: RunState,
    guard: Q,
    reason: str = "",
    **changes: Any,
) -> bool:
    """Move a run to a state along an arrow of the state machine, and log it.

    Only while `attempt` is its newest and `guard` holds, else nothing happens and False comes
    back. `changes` are further columns of the same UPDATE.
    """
    if to in ENDED:
        changes = {"ended_at": Now(), **changes}
    if to not in ACTIVE:
        # What it used of the workers goes into its shares, by the trigger that counts runs.
        left = {"lease_expires_at": None, "worker": "", "shared_seconds": F("sandbox_seconds")}
        changes = {**left, **changes}
    runs = Run.objects.filter(guard, pk=run_id, attempt=attempt, state__in=SOURCES[to])
    found = _update_and_log(runs, {"state": to, "reason": reason, **changes})
    if found is None:
        return False
    track_id, lane = found
    queued = Lane(lane) if to == RunState.QUEUED else None
    transaction.on_commit(lambda: announce(run_id, track_id, queued=queued))
    return True


def _update_and_log(runs: QuerySet[Run], changes: dict[str, Any]) -> tuple[UUID, str] | None:
    """Update the run, if it is there, and log it; its track and lane.

    Django can't say what it updated, and each answer that is waited for costs as much as the rest.
    """
    query = cast(UpdateQuery, runs.query.chain(UpdateQuery))
    query.add_update_values(changes)
    update, given = query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH moved AS ({update} RETURNING *), {LOGGED} "
            "SELECT line.track_id, track.lane FROM moved "
            "JOIN evaluation_line AS line ON line.id = moved.line_id "
            "JOIN hackathons_track AS track ON track.id = line.track_id",
            given,
        )
        return cursor.fetchone()  # type: ignore[no-any-return]


def log_new(*, run: Run) -> None:
    """Append a run's first state to its log, and tell the others after the commit."""
    RunEvent.objects.create(
        run=run, at=Now(), attempt=run.attempt, state=run.state, reason=run.reason
    )
    track = run.line.track
    transaction.on_commit(lambda: announce(run.pk, track.pk, queued=Lane(track.lane)))


def announce(run_id: UUID, track_id: UUID, *, queued: Lane | None) -> None:
    """Tell whoever listens; a listener that fails changes nothing of what was committed."""
    if queued:  # first: a worker's way is longer than a page's
        run_queued.send_robust(Run, lane=queued)
    run_changed.send_robust(Run, run_id=run_id, track_id=track_id)
