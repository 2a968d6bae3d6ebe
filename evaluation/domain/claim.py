"""Claimed: one worker takes the next run, and keeps it by a lease that it must renew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from evaluation.domain.line import ALL_LANES, Head, next_in_line
from evaluation.domain.transitions import HELD, move
from evaluation.enums import RunState
from evaluation.models import Attempt, Run, Share, Worker
from hackathons.enums import Flow, Lane

TRIES = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a run. `attempt` is the fencing number."""

    run_id: UUID
    attempt: int
    worker: str


def claim_run(*, worker: str, lanes: Sequence[Lane] = ALL_LANES) -> Claim | None:
    """Take the next run of these lanes, or None where nothing that waits may go on.

    `worker` is a process of a worker, as "name:process id". All claims of an event lock its share
    first, and so does whatever ends a run of it: no two can both pass a limit.
    """
    for _ in range(TRIES):
        head = next_in_line(lanes) if may_claim(worker) else None
        if head is None:
            return None
        if claim := _claim_in_event(head.hackathon_id, worker, lanes):
            return claim
    return None  # others were quicker each time; the sweep nudges again


def may_claim(worker: str) -> bool:
    """Whether nobody has told the worker to take no more."""
    name = worker.rpartition(":")[0]
    return not Worker.objects.filter(name=name).exclude(flow=Flow.OPEN).exists()


@transaction.atomic
def _claim_in_event(hackathon_id: UUID, worker: str, lanes: Sequence[Lane]) -> Claim | None:
    """Take what is next now that nobody else claims in this event; None where it is elsewhere."""
    lock_event(hackathon_id)
    head = next_in_line(lanes)
    if head is None or head.hackathon_id != hackathon_id:
        return None
    return _take(head, worker)


def lock_event(hackathon_id: UUID) -> None:
    """Until the transaction ends, nothing of the event is claimed but here."""
    event = Share.objects.filter(hackathon=hackathon_id, team=None)
    event.select_for_update(no_key=True).get()


def _take(head: Head, worker: str) -> Claim | None:
    """Claim the run, unless somebody else is about to change it."""
    waiting = Run.objects.filter(pk=head.run_id, attempt=head.attempt, state=RunState.QUEUED)
    # Never waited for: who changes a run waits for the event's share, which is ours.
    if not waiting.select_for_update(skip_locked=True, no_key=True).exists():
        return None
    claim = Claim(run_id=head.run_id, attempt=head.attempt + 1, worker=worker)
    move(
        run_id=claim.run_id,
        attempt=head.attempt,
        to=RunState.PREPARING,
        guard=Q(state=RunState.QUEUED),
        new_attempt=claim.attempt,
        worker=worker,
        lease_expires_at=lease_end(),
        started_at=Coalesce("started_at", Now()),
    )
    Attempt.objects.create(
        run_id=claim.run_id, number=claim.attempt, worker=worker, started_at=Now()
    )
    return claim


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
