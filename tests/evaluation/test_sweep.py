"""Swept: nothing stands still for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaluation.domain.claim import claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.sweep import sweep
from evaluation.enums import RunState
from evaluation.models import Run
from evaluation.signals import run_queued
from tests.factories import RunFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def lose_worker(run: Run) -> None:
    assert claim_run(worker="w1") is not None
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_sweep_requeues_an_expired_lease_with_a_reason() -> None:
    run = RunFactory()
    lose_worker(run)

    swept = sweep()

    run.refresh_from_db()
    assert swept.expired == 1
    assert (run.state, run.attempt) == (RunState.QUEUED, 1)
    assert run.reason == "To be tried again: its worker w1 was lost."
    assert run.attempts.get().outcome == "lost"
    assert sweep().expired == 0


def test_sweep_leaves_a_live_lease_alone() -> None:
    RunFactory()
    claim_run(worker="w1")

    assert sweep().expired == 0


def test_sweep_ends_a_run_whose_attempts_are_used_up() -> None:
    run = RunFactory()
    for _ in range(5):
        lose_worker(run)
        sweep()

    run.refresh_from_db()
    assert run.state == RunState.ERRORED
    assert run.reason == "Its worker was lost 5 times: its worker w1 was lost."
    assert claim_run(worker="w1") is None


def test_sweep_enqueues_an_accepted_submission_without_a_run() -> None:
    submission = SubmissionFactory()

    assert sweep().enqueued == 1

    run = Run.objects.get(submission=submission)
    assert run.state == RunState.QUEUED
    assert run.public_total > 0
    assert sweep().enqueued == 0


def test_sweep_nudges_while_runs_wait() -> None:
    nudges = []

    def count(**_: object) -> None:
        nudges.append(1)

    run_queued.connect(count)
    try:
        sweep()
        assert nudges == []
        RunFactory()
        sweep()
        assert nudges == [1]
    finally:
        run_queued.disconnect(count)


def test_enqueue_run_twice_is_one_run() -> None:
    submission = SubmissionFactory()

    first = enqueue_run(submission_id=submission.pk)
    second = enqueue_run(submission_id=submission.pk)

    assert first == second
    assert [event.state for event in first.events.all()] == [RunState.QUEUED]
    assert first.policy["token_budget"] == submission.track.token_budget


def test_sweep_nudges_though_a_submission_cannot_be_queued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    RunFactory()
    SubmissionFactory()
    nudges: list[object] = []

    def nudged(**given: object) -> None:
        nudges.append(given)

    def broken(**given: object) -> None:
        raise ValueError("its policy can't be made")

    monkeypatch.setattr("evaluation.domain.sweep.enqueue_run", broken)
    run_queued.connect(nudged)
    try:
        swept = sweep()
    finally:
        run_queued.disconnect(nudged)

    assert (swept.enqueued, swept.waiting, len(nudges)) == (0, 1, 1)


def test_sweep_nudges_though_another_step_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    RunFactory()

    def broken() -> int:
        raise ValueError("a re-evaluation is odd")

    monkeypatch.setattr("evaluation.domain.sweep.follow_reevaluations", broken)

    assert sweep().waiting == 1
    assert "A step of the sweep failed: broken" in caplog.text
