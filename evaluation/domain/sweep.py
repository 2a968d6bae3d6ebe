"""Swept: what a dead worker left, a lost message forgot or a crash cut off goes on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from evaluation.domain.endings import put_back, retry_or_end
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.flow import PAUSED, paused_runs
from evaluation.domain.nudges import nudge_waiting
from evaluation.domain.patience import AWAY
from evaluation.domain.retries import Outcome
from evaluation.domain.roster import outlived
from evaluation.domain.stragglers import follow_reevaluations
from evaluation.enums import ACTIVE
from evaluation.models import Run
from submissions.models import Submission

log = logging.getLogger(__name__)
EXPIRED = Q(state__in=sorted(ACTIVE), lease_expires_at__lte=Now())
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many leases had expired, submissions had no run, runs were paused, and runs wait."""

    expired: int
    enqueued: int
    paused: int
    waiting: int


def sweep() -> Swept:
    """Heal whatever stands still; safe to run at any time, twice, and by several at once."""
    expired = _heal(requeue_expired)
    enqueued = _heal(_enqueue_forgotten)
    paused = _heal(_put_back_paused)
    _heal(follow_reevaluations)
    return Swept(expired, enqueued, paused, waiting=_heal(nudge_waiting))


def _heal(step: Callable[[], int | None]) -> int:
    """How much a step did; one that fails must not keep the others from being done."""
    try:
        return step() or 0
    except AWAY:
        raise
    except Exception:
        log.exception("A step of the sweep failed: %s", step.__name__)
        return 0


def _put_back_paused() -> int:
    """Whoever paused something may have been cut off before its runs were stopped."""
    return sum(
        put_back(run_id=run_id, attempt=attempt, reason=PAUSED)
        for run_id, attempt in paused_runs().values_list("pk", "attempt")[:BATCH]
    )


def requeue_expired() -> int:
    """Put back the runs whose leases have run out; how many. Workers do so, too.

    Else all would stand still while Redis, beat or the platform's worker is away.
    """
    lost = Run.objects.filter(EXPIRED).values_list("pk", "attempt", "worker")[:BATCH]
    return sum(_requeue(run_id, attempt, worker) for run_id, attempt, worker in lost)


def _requeue(run_id: UUID, attempt: int, worker: str) -> bool:
    killed = outlived(run_id=run_id, attempt=attempt, worker=worker)
    outcome = Outcome.KILLED if killed else Outcome.LOST
    reason = f"the process of worker {worker} died." if killed else f"its worker {worker} was lost."
    return retry_or_end(
        run_id=run_id, attempt=attempt, guard=EXPIRED, outcome=outcome, reason=reason
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
