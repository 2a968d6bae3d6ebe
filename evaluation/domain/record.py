"""Recorded: only by the newest attempt, while it holds its lease, and nothing twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from catalogue.domain.upstreams import Checked
from corral.environments.environments import Environment
from corral.errors import PlatformError
from corral.head_tail import HeadTail
from corral.statistics.mean import Estimate, weighted_mean
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.accounts import settle_attempt
from evaluation.domain.claim import Claim
from evaluation.domain.ledger import Pack, store_pack
from evaluation.domain.transitions import HELD, move
from evaluation.enums import RunState
from evaluation.errors import LeaseLost
from evaluation.models import Attempt, Run, TaskResult
from evaluation.signals import run_progressed


@dataclass(frozen=True, slots=True)
class Judged:
    """One task's result, ready to be recorded."""

    task_id: UUID
    split: Split
    output: str
    answer: str
    verdict: Verdict
    score: float
    explanation: str
    latency_ms: float | None
    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used since the last record: tokens, calls, and seconds in a sandbox.

    Reasoning tokens are a part of the completion's.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    seconds: float = 0.0
    reasoning_tokens: int = 0


def begin_running(claim: Claim, *, degraded: bool) -> None:
    """The project is about to start.

    Raises:
        LeaseLost: the attempt holds the run no longer.
    """
    _must(
        move(
            run_id=claim.run_id,
            attempt=claim.attempt,
            to=RunState.RUNNING,
            guard=HELD,
            degraded=degraded,
        )
    )


def record_results(
    claim: Claim, results: Sequence[Judged], spent: Spent, pack: Pack | None = None
) -> None:
    """Record a batch of results, what they cost and the calls that made them, all or nothing.

    Raises:
        LeaseLost: the attempt holds the run no longer; nothing was recorded.
    """
    done = {split: sum(result.split is split for result in results) for split in Split}
    with transaction.atomic():
        updated = Run.objects.filter(
            HELD, pk=claim.run_id, attempt=claim.attempt, state=RunState.RUNNING
        ).update(
            public_done=F("public_done") + done[Split.PUBLIC],
            private_done=F("private_done") + done[Split.PRIVATE],
            prompt_tokens=F("prompt_tokens") + spent.prompt_tokens,
            completion_tokens=F("completion_tokens") + spent.completion_tokens,
            reasoning_tokens=F("reasoning_tokens") + spent.reasoning_tokens,
            calls=F("calls") + spent.calls,
            sandbox_seconds=F("sandbox_seconds") + spent.seconds,
        )
        _must(bool(updated))
        Attempt.objects.filter(run_id=claim.run_id, number=claim.attempt).update(
            used_tokens=F("used_tokens") + spent.prompt_tokens + spent.completion_tokens,
            used_calls=F("used_calls") + spent.calls,
        )
        TaskResult.objects.bulk_create([_row(claim, result) for result in results])
        if pack is not None:
            store_pack(claim, pack)
        if results:
            _announce_progress(claim)


def _announce_progress(claim: Claim) -> None:
    track_id = Run.objects.values_list("submission__track_id", flat=True).get(pk=claim.run_id)
    transaction.on_commit(
        lambda: run_progressed.send_robust(Run, run_id=claim.run_id, track_id=track_id)
    )


def finish_scored(claim: Claim) -> None:
    """Every task has its result: compute the scores and end the run.

    Raises:
        LeaseLost: the attempt holds the run no longer.
        PlatformError: a task has no result, so there is no score yet.
    """
    with transaction.atomic():
        _must(move(run_id=claim.run_id, attempt=claim.attempt, to=RunState.SCORING, guard=HELD))
        _must_be_complete(claim)
        public = estimate_of(run_id=claim.run_id, split=Split.PUBLIC)
        private = estimate_of(run_id=claim.run_id, split=Split.PRIVATE)
        _must(
            move(
                run_id=claim.run_id,
                attempt=claim.attempt,
                to=RunState.SCORED,
                guard=HELD,
                ended_at=Now(),
                public_score=public and public.mean,
                public_stderr=public and public.stderr,
                private_score=private and private.mean,
                private_stderr=private and private.stderr,
            )
        )
        settle_attempt(run_id=claim.run_id, attempt=claim.attempt, to=RunState.SCORED)
        close_attempt(claim, outcome="scored")


def estimate_of(*, run_id: UUID, split: Split) -> Estimate | None:
    """The run's score on a split with its standard error; None where the split is empty."""
    rows = list(
        TaskResult.objects.filter(run_id=run_id, split=split).values_list("score", "task__weight")
    )
    if not rows:
        return None
    return weighted_mean([score for score, _ in rows], [weight for _, weight in rows])


def finish_failed(claim: Claim, *, reason: str) -> None:
    """Nothing of the project could start: the project's doing, with its reason.

    Raises:
        LeaseLost: the attempt holds the run no longer.
    """
    with transaction.atomic():
        _must(
            move(
                run_id=claim.run_id,
                attempt=claim.attempt,
                to=RunState.FAILED,
                guard=HELD,
                reason=reason,
                ended_at=Now(),
            )
        )
        settle_attempt(run_id=claim.run_id, attempt=claim.attempt, to=RunState.FAILED)
        close_attempt(claim, outcome="failed", reason=reason)


def give_back(claim: Claim, *, reason: str) -> bool:
    """The platform could not go on: try again later, or end the run as the platform's fault.

    False where the attempt did not hold the run any longer.
    """
    return retry_or_end(
        run_id=claim.run_id, attempt=claim.attempt, guard=HELD, outcome="errored", reason=reason
    )


def retry_or_end(*, run_id: UUID, attempt: int, guard: Q, outcome: str, reason: str) -> bool:
    """Requeue the run after an attempt of the platform's own failing, or end it as `errored`.

    It waits longer each time, so that what is down can come back. Guarded like every
    transition: False where it came late.
    """
    again = attempt < settings.MAX_ATTEMPTS
    with transaction.atomic():
        if again:
            wait = timedelta(seconds=5.0 * 4.0 ** (attempt - 1) if outcome == "errored" else 0)
            moved = move(
                run_id=run_id,
                attempt=attempt,
                to=RunState.QUEUED,
                guard=guard,
                reason=f"To be tried again: {reason}",
                available_at=Now() + wait,
            )
        else:
            moved = move(
                run_id=run_id,
                attempt=attempt,
                to=RunState.ERRORED,
                guard=guard,
                reason=f"The platform failed {attempt} times: {reason}",
                ended_at=Now(),
            )
        if moved:
            to = RunState.QUEUED if again else RunState.ERRORED
            settle_attempt(run_id=run_id, attempt=attempt, to=to)
            Attempt.objects.filter(run_id=run_id, number=attempt).update(
                ended_at=Now(), outcome=outcome, reason=reason
            )
    return moved


def close_attempt(claim: Claim, *, outcome: str, reason: str = "") -> None:
    """Write how the attempt ended."""
    Attempt.objects.filter(run_id=claim.run_id, number=claim.attempt).update(
        ended_at=Now(), outcome=outcome, reason=reason
    )


def record_served(claim: Claim, checked: Checked) -> None:
    """Keep what the model server said; like a log it is no result."""
    Attempt.objects.filter(run_id=claim.run_id, number=claim.attempt).update(
        served=checked.as_json()
    )


def record_environment(claim: Claim, environment: Environment) -> None:
    """Keep what was installed for the project; like a log it is no result."""
    Attempt.objects.filter(run_id=claim.run_id, number=claim.attempt).update(
        environment=environment.as_json()
    )


def record_log(claim: Claim, log: HeadTail) -> None:
    """Keep what the public sandbox wrote to stderr; a log is no result, so it needs no lease."""
    Attempt.objects.filter(run_id=claim.run_id, number=claim.attempt).update(
        log_head=log.head, log_tail=log.tail, log_bytes=log.total
    )


def _row(claim: Claim, result: Judged) -> TaskResult:
    return TaskResult(
        run_id=claim.run_id,
        attempt=claim.attempt,
        recorded_at=Now(),
        task_id=result.task_id,
        split=result.split,
        output=result.output,
        answer=result.answer,
        verdict=result.verdict,
        score=result.score,
        explanation=result.explanation,
        latency_ms=result.latency_ms,
        prompt_tokens=result.prompt_tokens,
        completion_tokens=result.completion_tokens,
    )


def _must_be_complete(claim: Claim) -> None:
    done = F("public_total") + F("private_total")
    answered = TaskResult.objects.filter(run_id=claim.run_id).count()
    if not Run.objects.annotate(tasks=done).filter(pk=claim.run_id, tasks=answered).exists():
        raise PlatformError(f"Only {answered} of its tasks have a result.")


def _must(held: bool) -> None:
    if not held:
        raise LeaseLost("This attempt no longer holds the run.")
