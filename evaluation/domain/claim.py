"""Claimed: one worker takes the next run, and keeps it by a lease that it must renew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Now

from evaluation.domain.line import ALL_LANES, Head, next_in_line
from evaluation.domain.roster import seat_name
from evaluation.domain.transitions import HELD, move
from evaluation.enums import RunState
from evaluation.models import Attempt, Line, Run, Share, Worker
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

    `worker` is a process of a worker, as "name:process id".
    """
    for _ in range(TRIES):
        if not may_claim(worker):
            return None
        with transaction.atomic():
            waiting = Line.objects.filter(waiting__gt=0)
            locked = lock_events(waiting.values_list("hackathon", flat=True))
            # What another event queued since then is left to the next claim: its own nudge follows.
            head = next_in_line(locked, lanes)
            if head is None:
                return None
            if claim := _take(head, worker):
                return claim
    return None  # each time it was cancelled at that moment; the sweep nudges again


def may_claim(worker: str) -> bool:
    """Whether nobody has told the worker to take no more."""
    return not Worker.objects.filter(name=seat_name(worker)).exclude(flow=Flow.OPEN).exists()


def lock_events(hackathons: Iterable[UUID] | QuerySet[Line, UUID]) -> list[UUID]:
    """Until the transaction ends, nothing of these events is claimed but here; those found.

    Claims take the shares of events first, then those of teams, and so does what ends a run: no
    two can both pass a limit, and the second of two sees what the first one took.
    """
    events = Share.objects.filter(team=None, hackathon__in=hackathons)
    # By the column: in the order of hackathons themselves, these would be joined and locked, too.
    in_order = events.order_by("hackathon_id").select_for_update(no_key=True)
    return list(in_order.values_list("hackathon_id", flat=True))


def _take(head: Head, worker: str) -> Claim | None:
    """Claim the run, unless somebody else has changed it since."""
    claim = Claim(run_id=head.run_id, attempt=head.attempt + 1, worker=worker)
    moved = move(
        run_id=claim.run_id,
        attempt=head.attempt,
        to=RunState.PREPARING,
        guard=Q(state=RunState.QUEUED),
        new_attempt=claim.attempt,
        worker=worker,
        lease_expires_at=lease_end(),
        started_at=Coalesce("started_at", Now()),
    )
    if not moved:
        return None
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
