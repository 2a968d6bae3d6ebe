"""Swept: what a dead worker left, a lost message forgot or a crash cut off goes on."""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.record import retry_or_end
from evaluation.enums import ACTIVE, RunState
from evaluation.models import Run
from evaluation.signals import run_queued
from submissions.models import Submission

log = logging.getLogger(__name__)
EXPIRED = Q(state__in=sorted(ACTIVE), lease_expires_at__lte=Now())
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many leases had expired, submissions had no run, and runs wait for a worker."""

    expired: int
    enqueued: int
    waiting: int


def sweep() -> Swept:
    """Heal whatever stands still; safe to run at any time, twice, and by several at once."""
    expired = _requeue_expired()
    enqueued = _enqueue_forgotten()
    waiting = Run.objects.filter(state=RunState.QUEUED, available_at__lte=Now()).count()
    if waiting:
        run_queued.send_robust(Run)
    return Swept(expired=expired, enqueued=enqueued, waiting=waiting)


def _requeue_expired() -> int:
    lost = Run.objects.filter(EXPIRED).values_list("pk", "attempt", "worker")[:BATCH]
    return sum(
        retry_or_end(
            run_id=run_id,
            attempt=attempt,
            guard=EXPIRED,
            outcome="lost",
            reason=f"its worker {worker} was lost.",
        )
        for run_id, attempt, worker in lost
    )


def _enqueue_forgotten() -> int:
    forgotten = Submission.objects.filter(runs__isnull=True).values_list("pk", flat=True)[:BATCH]
    return sum(_enqueued(submission_id) for submission_id in forgotten)


def _enqueued(submission_id: UUID) -> bool:
    """Queue its run; one that can't be queued must not keep all others from being healed."""
    try:
        enqueue_run(submission_id=submission_id)
    except Exception:
        log.exception("Submission %s can't be queued.", submission_id)
        return False
    return True
