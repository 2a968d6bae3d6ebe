"""Claimed: one worker a run, in a fair order, and only while the lease holds."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from evaluation.domain.claim import claim_run, renew_lease
from evaluation.enums import RunState
from evaluation.models import Run
from tests.factories import RunFactory, SubmissionFactory, TeamFactory

pytestmark = pytest.mark.django_db


def expire_lease(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_claim_run_takes_a_queued_run_with_a_lease() -> None:
    run = RunFactory()

    claim = claim_run(worker="w1")

    run.refresh_from_db()
    assert claim is not None
    assert (claim.run_id, claim.attempt) == (run.pk, 1)
    assert (run.state, run.attempt, run.worker) == (RunState.PREPARING, 1, "w1")
    assert run.lease_expires_at is not None
    assert run.lease_expires_at > timezone.now()
    assert [event.state for event in run.events.all()] == [RunState.PREPARING]
    assert [attempt.worker for attempt in run.attempts.all()] == ["w1"]


def test_claim_run_returns_none_when_nothing_waits() -> None:
    RunFactory(available_at=timezone.now() + timedelta(minutes=1))

    assert claim_run(worker="w1") is None


def test_claim_run_prefers_the_team_with_fewer_runs_going() -> None:
    busy, idle = TeamFactory(), TeamFactory()
    now = timezone.now()
    for age in (30, 20):
        RunFactory(submission=SubmissionFactory(team=busy), queued_at=now - timedelta(seconds=age))
    late = RunFactory(submission=SubmissionFactory(team=idle), queued_at=now)

    first, second = claim_run(worker="w1"), claim_run(worker="w2")

    assert first is not None
    assert second is not None
    assert first.run_id != late.pk
    assert second.run_id == late.pk


def test_renew_lease_when_expired_never_comes_back() -> None:
    run = RunFactory()
    claim = claim_run(worker="w1")
    assert claim is not None
    assert renew_lease(claim)

    expire_lease(run)

    assert not renew_lease(claim)


@pytest.mark.django_db(transaction=True)
def test_claim_run_by_many_at_once_gives_each_run_to_one() -> None:
    for _ in range(6):
        RunFactory()
    claims = []

    def work() -> None:
        try:
            while claim := claim_run(worker=threading.current_thread().name):
                claims.append(claim.run_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # A worker that finds every row locked goes home; the sweep nudges again for what is left.
    while claim := claim_run(worker="last"):
        claims.append(claim.run_id)
    assert len(claims) == 6
    assert len(set(claims)) == 6
