"""Recorded: only by the newest attempt, while it holds its lease, and nothing twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, F, QuerySet
from django.db.models.functions import Now

from catalogue.domain.upstreams import Checked
from corral.environments.environments import Environment
from corral.head_tail import HeadTail
from corral.scorers.base import JudgedBy
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.claim import Claim
from evaluation.domain.ledger import Pack, store_pack
from evaluation.domain.transitions import HELD, move
from evaluation.enums import RunState
from evaluation.errors import LeaseLost
from evaluation.models import Attempt, Run, TaskResult
from evaluation.signals import run_progressed


@dataclass(frozen=True, slots=True)
class Judged:
    """One task's result, ready to be recorded.

    `cut`: not all of the output is stored. `judge` is there where a model judged.
    """

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
    cut: bool = False
    judge: JudgedBy | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used since the last record: tokens, calls, and seconds in a sandbox.

    Reasoning tokens are a part of the completion's. `batch` names the record, so that one whose
    answer was lost can be sent again.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    seconds: float = 0.0
    reasoning_tokens: int = 0
    batch: UUID = field(default_factory=uuid4)


def begin_running(claim: Claim, *, degraded: bool) -> None:
    """The project is about to start.

    Raises:
        LeaseLost: the attempt holds the run no longer.
    """
    moved = move(
        run_id=claim.run_id,
        attempt=claim.attempt,
        to=RunState.RUNNING,
        guard=HELD,
        degraded=degraded,
    )
    # Where the answer to an earlier try was lost, it is running already.
    must_hold(moved or _held(claim).exists())


def record_results(
    claim: Claim, results: Sequence[Judged], spent: Spent, pack: Pack | None = None
) -> None:
    """Record a batch of results, what they cost and the calls that made them, all or nothing.

    The same batch again, since the answer to a commit was lost, changes nothing.

    Raises:
        LeaseLost: the attempt holds the run no longer; nothing was recorded.
    """
    done = {split: sum(result.split is split for result in results) for split in Split}
    tried = Attempt.objects.filter(run_id=claim.run_id, number=claim.attempt)
    with transaction.atomic():
        held = _held(claim).exclude(Exists(tried.filter(last_batch=spent.batch)))
        if not held.update(
            public_done=F("public_done") + done[Split.PUBLIC],
            private_done=F("private_done") + done[Split.PRIVATE],
            prompt_tokens=F("prompt_tokens") + spent.prompt_tokens,
            completion_tokens=F("completion_tokens") + spent.completion_tokens,
            reasoning_tokens=F("reasoning_tokens") + spent.reasoning_tokens,
            calls=F("calls") + spent.calls,
            sandbox_seconds=F("sandbox_seconds") + spent.seconds,
        ):
            must_hold(tried.filter(last_batch=spent.batch).exists())
            return
        tried.update(
            last_batch=spent.batch,
            used_tokens=F("used_tokens") + spent.prompt_tokens + spent.completion_tokens,
            used_calls=F("used_calls") + spent.calls,
        )
        TaskResult.objects.bulk_create([_row(claim, result) for result in results])
        if pack is not None:
            store_pack(claim, pack)
        if results:
            _announce_progress(claim)


def _held(claim: Claim) -> QuerySet[Run]:
    """The run, where the attempt holds it and its project runs."""
    return Run.objects.filter(HELD, pk=claim.run_id, attempt=claim.attempt, state=RunState.RUNNING)


def _announce_progress(claim: Claim) -> None:
    track_id = Run.objects.values_list("submission__track_id", flat=True).get(pk=claim.run_id)
    transaction.on_commit(
        lambda: run_progressed.send_robust(Run, run_id=claim.run_id, track_id=track_id)
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
        cut=result.cut,
        answer=result.answer,
        verdict=result.verdict,
        score=result.score,
        explanation=result.explanation,
        judge=result.judge and result.judge.as_json(),
        latency_ms=result.latency_ms,
        prompt_tokens=result.prompt_tokens,
        completion_tokens=result.completion_tokens,
    )


def must_hold(held: bool) -> None:
    if not held:
        raise LeaseLost("This attempt no longer holds the run.")
