"""Claimed: one worker takes the next run, and keeps it by a lease that it must renew."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from evaluation.domain.transitions import HELD, move
from evaluation.enums import ACTIVE, RunState
from evaluation.models import Attempt, Run


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a run. `attempt` is the fencing number."""

    run_id: UUID
    attempt: int
    worker: str


def claim_run(*, worker: str) -> Claim | None:
    """Take the next run, or None where nothing waits. Two workers never take the same one."""
    with transaction.atomic():
        run = next_in_line().select_for_update(skip_locked=True, of=("self",)).first()
        if run is None:
            return None
        claim = Claim(run_id=run.pk, attempt=run.attempt + 1, worker=worker)
        Run.objects.filter(pk=run.pk).update(attempt=claim.attempt)
        move(
            run_id=run.pk,
            attempt=claim.attempt,
            to=RunState.PREPARING,
            guard=Q(state=RunState.QUEUED),
            worker=worker,
            lease_expires_at=lease_end(),
            started_at=Coalesce("started_at", Now()),
        )
        Attempt.objects.create(run=run, number=claim.attempt, worker=worker, started_at=Now())
    return claim


def next_in_line() -> QuerySet[Run]:
    """Waiting runs: teams with the fewest runs going first, then deadline, then age."""
    going = (
        Run.objects.filter(state__in=sorted(ACTIVE), submission__team=OuterRef("submission__team"))
        .order_by()
        .values("submission__team")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return (
        Run.objects.filter(state=RunState.QUEUED, available_at__lte=Now())
        .annotate(going=Coalesce(Subquery(going, output_field=IntegerField()), 0))
        .order_by("going", "submission__track__hackathon__submissions_close_at", "queued_at")
    )


def renew_lease(claim: Claim) -> bool:
    """Prolong the hold; False once it is lost, and then it never comes back."""
    return bool(
        Run.objects.filter(HELD, pk=claim.run_id, attempt=claim.attempt).update(
            lease_expires_at=lease_end()
        )
    )


def lease_end() -> object:
    """When a lease taken now expires, by PostgreSQL's clock: workers' clocks may differ."""
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)
