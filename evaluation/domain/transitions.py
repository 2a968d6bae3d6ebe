"""The one place where a run changes its state: one guarded UPDATE, and its line in the log."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from evaluation.enums import ACTIVE, ENDED, TRANSITIONS, RunState
from evaluation.models import Run, RunEvent
from evaluation.signals import run_changed, run_queued
from hackathons.enums import Lane

SOURCES = {
    target: [source for source, targets in TRANSITIONS.items() if target in targets]
    for target in RunState
}
HELD = Q(state__in=sorted(ACTIVE), lease_expires_at__gt=Now())


def move(
    *,
    run_id: UUID,
    attempt: int,
    to: RunState,
    guard: Q,
    reason: str = "",
    new_attempt: int | None = None,
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
    if new_attempt is not None:
        changes["attempt"] = new_attempt
    with transaction.atomic(savepoint=False):
        moved = Run.objects.filter(guard, pk=run_id, attempt=attempt, state__in=SOURCES[to]).update(
            state=to, reason=reason, **changes
        )
        if moved:
            log_transition(run_id=run_id)
    return bool(moved)


def log_transition(*, run_id: UUID) -> None:
    """Append the run's present state to its log, and tell the others after the commit."""
    attempt, state, reason, track_id, lane = Run.objects.values_list(
        "attempt", "state", "reason", "line__track", "line__track__lane"
    ).get(pk=run_id)
    RunEvent.objects.create(run_id=run_id, at=Now(), attempt=attempt, state=state, reason=reason)
    queued = Lane(lane) if state == RunState.QUEUED else None
    transaction.on_commit(lambda: announce(run_id, track_id, queued=queued))


def announce(run_id: UUID, track_id: UUID, *, queued: Lane | None) -> None:
    """Tell whoever listens; a listener that fails changes nothing of what was committed."""
    if queued:  # first: a worker's way is longer than a page's
        run_queued.send_robust(Run, lane=queued)
    run_changed.send_robust(Run, run_id=run_id, track_id=track_id)
