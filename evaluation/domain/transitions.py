"""The one place where a run changes its state: one guarded UPDATE, and its line in the log."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from evaluation.enums import ACTIVE, TRANSITIONS, RunState
from evaluation.models import Run, RunEvent
from evaluation.signals import run_changed, run_queued

SOURCES = {
    target: [source for source, targets in TRANSITIONS.items() if target in targets]
    for target in RunState
}
HELD = Q(state__in=sorted(ACTIVE), lease_expires_at__gt=Now())


def move(
    *, run_id: UUID, attempt: int, to: RunState, guard: Q, reason: str = "", **changes: Any
) -> bool:
    """Move a run to a state along an arrow of the state machine, and log it.

    Only while `attempt` is its newest and `guard` holds, else nothing happens and False comes
    back. `changes` are further columns of the same UPDATE.
    """
    if to not in ACTIVE:
        changes = {"lease_expires_at": None, "worker": "", **changes}
    with transaction.atomic():
        moved = Run.objects.filter(guard, pk=run_id, attempt=attempt, state__in=SOURCES[to]).update(
            state=to, reason=reason, **changes
        )
        if moved:
            log_transition(run_id=run_id)
    return bool(moved)


def log_transition(*, run_id: UUID) -> None:
    """Append the run's present state to its log, and tell the others after the commit."""
    run = Run.objects.select_related("submission").get(pk=run_id)
    RunEvent.objects.create(
        run=run, at=Now(), attempt=run.attempt, state=run.state, reason=run.reason
    )
    track_id = run.submission.track_id
    transaction.on_commit(lambda: announce(run_id, track_id, queued=run.state == RunState.QUEUED))


def announce(run_id: UUID, track_id: UUID, *, queued: bool) -> None:
    """Tell whoever listens; a listener that fails changes nothing of what was committed."""
    run_changed.send_robust(Run, run_id=run_id, track_id=track_id)
    if queued:
        run_queued.send_robust(Run)
