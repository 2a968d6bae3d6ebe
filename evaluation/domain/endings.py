"""How an attempt ends: scored, failed, cancelled, or given back to be tried again."""

import random
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from corral.errors import PlatformError
from corral.statistics.clustered import ClusteredEstimate
from corral.suites.base import Split
from evaluation.domain.accounts import settle_attempt
from evaluation.domain.adaptive import may_stop
from evaluation.domain.claim import Claim, after
from evaluation.domain.means import mean_of_rows
from evaluation.domain.record import must_hold
from evaluation.domain.retries import Again, Outcome, RetryPolicy, decide
from evaluation.domain.transitions import HELD, move
from evaluation.enums import ACTIVE, RunState
from evaluation.models import Attempt, Run, TaskResult

GOING = Q(state__in=sorted(ACTIVE))
GOES_ON = (
    "It would have been stopped early, but was declared final meanwhile, or its track or a freeze "
    "lets none be stopped any more: it is run to its end."
)


def finish_scored(claim: Claim) -> None:
    """Every task has its result: compute the scores and end the run.

    Raises:
        LeaseLost: the attempt holds the run no longer.
        PlatformError: a task has no result, so there is no score yet.
    """
    with transaction.atomic():
        must_hold(move(run_id=claim.run_id, attempt=claim.attempt, to=RunState.SCORING, guard=HELD))
        _must_be_complete(claim)
        public = estimate_of(run_id=claim.run_id, split=Split.PUBLIC)
        private = estimate_of(run_id=claim.run_id, split=Split.PRIVATE)
        must_hold(
            move(
                run_id=claim.run_id,
                attempt=claim.attempt,
                to=RunState.SCORED,
                guard=HELD,
                public_score=public and public.mean,
                public_stderr=public and public.stderr,
                private_score=private and private.mean,
                private_stderr=private and private.stderr,
            )
        )
        _close(claim.run_id, claim.attempt, Outcome.SCORED, charged=True)


def estimate_of(*, run_id: UUID, split: Split) -> ClusteredEstimate | None:
    """The run's score on a split with its standard error; None where the split is empty."""
    results = TaskResult.objects.filter(run_id=run_id, split=split)
    rows = list(results.values_list("score", "task__weight", "task__cluster"))
    return mean_of_rows(rows) if rows else None


def finish_failed(claim: Claim, *, reason: str) -> None:
    """Nothing of the project could start: the project's doing, with its reason.

    Raises:
        LeaseLost: the attempt holds the run no longer.
    """
    run_id, attempt = claim.run_id, claim.attempt
    with transaction.atomic():
        must_hold(
            move(run_id=run_id, attempt=attempt, to=RunState.FAILED, guard=HELD, reason=reason)
        )
        _close(run_id, attempt, Outcome.FAILED, reason, charged=True)


def finish_stopped(claim: Claim, *, reason: str) -> None:
    """It is surely worse than its team's best: it ends without a score, and is charged.

    Unless it was declared final meanwhile, say: then it is put back, and its next attempt goes on
    where this one stopped.

    Raises:
        LeaseLost: the attempt holds the run no longer.
    """
    run_id, attempt = claim.run_id, claim.attempt
    guard = HELD & may_stop()
    with transaction.atomic():
        if move(run_id=run_id, attempt=attempt, to=RunState.CANCELLED, guard=guard, reason=reason):
            _close(run_id, attempt, Outcome.STOPPED, reason, charged=True)
        else:
            back = RunState.QUEUED
            must_hold(move(run_id=run_id, attempt=attempt, to=back, guard=HELD, reason=GOES_ON))
            _close(run_id, attempt, Outcome.PAUSED, GOES_ON, charged=True)


def give_back(claim: Claim, *, reason: str) -> bool:
    """The platform could not go on: try again later, or end the run as the platform's fault.

    False where the attempt did not hold the run any longer.
    """
    return retry_or_end(
        run_id=claim.run_id,
        attempt=claim.attempt,
        guard=HELD,
        outcome=Outcome.ERRORED,
        reason=reason,
    )


def retry_or_end(*, run_id: UUID, attempt: int, guard: Q, outcome: Outcome, reason: str) -> bool:
    """Requeue the run after an attempt of the platform's own failing, or end it as `errored`.

    What the policy says of how all its attempts ended decides. Guarded like every transition:
    False where it came late.
    """
    with transaction.atomic():
        ended = Attempt.objects.filter(run=run_id, number__lt=attempt).order_by("number")
        outcomes = [*ended.values_list("outcome", flat=True), outcome]
        following = decide(outcomes, retry_policy(), random.random())
        if isinstance(following, Again):
            moved = move(
                run_id=run_id,
                attempt=attempt,
                to=RunState.QUEUED,
                guard=guard,
                reason=f"To be tried again: {reason}",
                available_at=after(following.seconds),
            )
        else:
            moved = move(
                run_id=run_id,
                attempt=attempt,
                to=RunState.ERRORED,
                guard=guard,
                reason=f"{following.why}: {reason}",
            )
        if moved:
            _close(run_id, attempt, outcome, reason, charged=False)
    return moved


def put_back(*, run_id: UUID, attempt: int, reason: str) -> bool:
    """Stop a run that is going and put it back in its place; it keeps what it has answered."""
    with transaction.atomic():
        moved = move(run_id=run_id, attempt=attempt, to=RunState.QUEUED, guard=GOING, reason=reason)
        if moved:
            _close(run_id, attempt, Outcome.PAUSED, reason, charged=False)
    return moved


def end_cancelled(*, run_id: UUID, attempt: int, reason: str, charged: bool) -> bool:
    """End a run that has not ended; its worker sees it within a second and stops the sandbox.

    A team that cancels its own run is `charged` what the run used.
    """
    with transaction.atomic():
        moved = move(
            run_id=run_id, attempt=attempt, to=RunState.CANCELLED, guard=Q(), reason=reason
        )
        if moved:
            _close(run_id, attempt, Outcome.CANCELLED, reason, charged=charged)
    return moved


def retry_policy() -> RetryPolicy:
    """As the settings say."""
    return RetryPolicy(errored=settings.MAX_ATTEMPTS)


def _close(
    run_id: UUID, attempt: int, outcome: Outcome, reason: str = "", *, charged: bool
) -> None:
    """Settle what an attempt used and write how it ended; one that had ended stays as it is."""
    settle_attempt(run_id=run_id, attempt=attempt, charged=charged)
    Attempt.objects.filter(run_id=run_id, number=attempt, ended_at=None).update(
        ended_at=Now(), outcome=outcome, reason=reason
    )


def _must_be_complete(claim: Claim) -> None:
    done = F("public_total") + F("private_total")
    answered = TaskResult.objects.filter(run_id=claim.run_id).count()
    if not Run.objects.annotate(tasks=done).filter(pk=claim.run_id, tasks=answered).exists():
        raise PlatformError(f"Only {answered} of its tasks have a result.")
