"""Recorded: only by the newest attempt, while it holds its lease."""

import math
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.utils import timezone

from catalogue.models import Task
from corral.errors import PlatformError
from corral.head_tail import HeadTail
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.endings import finish_failed, finish_scored, give_back
from evaluation.domain.record import Judged, Spent, begin_running, record_log, record_results
from evaluation.enums import RunState
from evaluation.errors import LeaseLost
from evaluation.models import Run, TaskResult
from tests.factories import RunFactory

pytestmark = pytest.mark.django_db


def judged(task: Task, score: float) -> Judged:
    return Judged(
        task_id=task.pk,
        split=Split(task.split),
        output="42",
        answer="42",
        verdict=Verdict.CORRECT if score == 1.0 else Verdict.WRONG,
        score=score,
        explanation="",
        latency_ms=12.0,
        prompt_tokens=5,
        completion_tokens=2,
    )


def claimed(run: Run) -> Claim:
    claim = claim_run(worker="w1")
    assert claim is not None
    assert claim.run_id == run.pk
    return claim


def running() -> tuple[Run, Claim]:
    run = RunFactory()
    claim = claimed(run)
    begin_running(claim, degraded=False)
    return run, claim


def tasks_of(run: Run, split: Split) -> list[Task]:
    return list(run.suite_version.tasks.filter(split=split))


def test_record_results_counts_tasks_and_costs() -> None:
    run, claim = running()
    task = tasks_of(run, Split.PUBLIC)[0]

    record_results(claim, [judged(task, 1.0)], Spent(10, 4, 1, 0.5, reasoning_tokens=3))

    run.refresh_from_db()
    assert (run.public_done, run.private_done) == (1, 0)
    assert (run.prompt_tokens, run.completion_tokens, run.calls) == (10, 4, 1)
    assert run.reasoning_tokens == 3
    attempt = run.attempts.get()
    assert (attempt.used_tokens, attempt.used_calls) == (14, 1)


def test_record_results_twice_is_refused_whole() -> None:
    run, claim = running()
    task = tasks_of(run, Split.PUBLIC)[0]
    record_results(claim, [judged(task, 1.0)], Spent(calls=1))

    with pytest.raises(IntegrityError), transaction.atomic():
        record_results(claim, [judged(task, 0.0)], Spent(calls=1))

    run.refresh_from_db()
    assert (run.public_done, run.calls) == (1, 1)
    assert TaskResult.objects.get(run=run).score == 1.0


def test_same_batch_again_changes_nothing() -> None:
    run, claim = running()
    batch, spent = [judged(tasks_of(run, Split.PUBLIC)[0], 1.0)], Spent(calls=1, prompt_tokens=7)

    for _ in range(2):  # the answer to the first may have been lost
        record_results(claim, batch, spent)

    run.refresh_from_db()
    assert (run.public_done, run.calls, run.prompt_tokens) == (1, 1, 7)
    assert run.attempts.get().used_tokens == 7


def test_begin_running_again_is_no_lost_lease() -> None:
    run, claim = running()

    begin_running(claim, degraded=False)

    assert [event.state for event in run.events.all()].count(RunState.RUNNING) == 1


def expired(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def superseded(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(attempt=2)


def requeued(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, lease_expires_at=None)


@pytest.mark.parametrize("loss", [expired, superseded, requeued])
def test_stale_attempt_can_record_nothing(loss: Callable[[Run], None]) -> None:
    run, claim = running()
    task = tasks_of(run, Split.PUBLIC)[0]
    loss(run)

    for record in (
        lambda: begin_running(claim, degraded=False),
        lambda: record_results(claim, [judged(task, 1.0)], Spent(calls=1)),
        lambda: finish_scored(claim),
        lambda: finish_failed(claim, reason="late"),
    ):
        with pytest.raises(LeaseLost):
            record()

    run.refresh_from_db()
    assert not give_back(claim, reason="late")
    assert (run.results.count(), run.calls, run.public_score) == (0, 0, None)
    assert run.state in {RunState.RUNNING, RunState.QUEUED}


def test_finish_scored_computes_both_splits_with_their_standard_errors() -> None:
    run, claim = running()
    public, private = tasks_of(run, Split.PUBLIC), tasks_of(run, Split.PRIVATE)
    record_results(
        claim,
        [judged(task, float(index == 0)) for index, task in enumerate(public)]
        + [judged(task, 1.0) for task in private],
        Spent(),
    )

    finish_scored(claim)

    run.refresh_from_db()
    mean = 1 / len(public)
    assert run.state == RunState.SCORED
    assert run.public_score == pytest.approx(mean)
    assert run.public_stderr == pytest.approx(math.sqrt(mean * (1 - mean) / (len(public) - 1)))
    assert run.private_score == 1.0
    assert run.ended_at is not None
    assert run.lease_expires_at is None
    assert run.attempts.get().outcome == "scored"


def test_finish_scored_without_every_result_is_refused() -> None:
    run, claim = running()
    record_results(claim, [judged(tasks_of(run, Split.PUBLIC)[0], 1.0)], Spent())

    with pytest.raises(PlatformError):
        finish_scored(claim)

    run.refresh_from_db()
    assert (run.state, run.public_score) == (RunState.RUNNING, None)


def test_finish_failed_keeps_the_reason_and_no_score() -> None:
    run = RunFactory()
    claim = claimed(run)

    finish_failed(claim, reason="python: can't open main.py")

    run.refresh_from_db()
    assert (run.state, run.public_score) == (RunState.FAILED, None)
    assert run.reason == "python: can't open main.py"


def test_give_back_queues_again_and_then_ends_as_the_platforms_fault() -> None:
    run = RunFactory()
    for attempt in (1, 2):
        Run.objects.filter(pk=run.pk).update(available_at=timezone.now())
        assert give_back(claimed(run), reason="no upstream.")
        run.refresh_from_db()
        assert (run.state, run.attempt) == (RunState.QUEUED, attempt)
        assert run.available_at > timezone.now()

    Run.objects.filter(pk=run.pk).update(available_at=timezone.now())
    assert give_back(claimed(run), reason="no upstream.")

    run.refresh_from_db()
    assert (run.state, run.public_score) == (RunState.ERRORED, None)
    assert run.reason == "The platform failed 3 times: no upstream."


def test_what_happened_stays() -> None:
    run, claim = running()
    record_results(claim, [judged(tasks_of(run, Split.PUBLIC)[0], 1.0)], Spent())

    for change in (
        lambda: run.results.update(score=0.0),
        lambda: run.results.all().delete(),
        lambda: run.events.update(reason="never happened"),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()


def test_record_log_keeps_head_and_tail() -> None:
    run = RunFactory()
    claim = claimed(run)
    log = HeadTail(limit=4)
    log.write(b"head..........tail")

    record_log(claim, log)

    attempt = run.attempts.get()
    assert (attempt.log_head, attempt.log_tail, attempt.log_bytes) == ("head", "tail", 18)
