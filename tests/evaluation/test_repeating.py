import threading
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic, sleep

import pytest
from django.db import OperationalError
from django.utils import timezone

from evaluation.domain.claim import claim_run
from evaluation.domain.repeating import Repeating
from evaluation.domain.sweep import requeue_expired
from evaluation.enums import RunState
from evaluation.models import Run
from tests.factories import RunFactory


@pytest.fixture
def started() -> Iterator[list[Repeating]]:
    threads: list[Repeating] = []
    yield threads
    for each in threads:
        each.stop()


@pytest.mark.parametrize("error", [OperationalError("the server is away"), ValueError("odd")])
def test_what_fails_is_tried_again(error: Exception, started: list[Repeating]) -> None:
    tried = threading.Semaphore(0)

    def fail() -> None:
        tried.release()
        raise error

    started.append(Repeating(name="test", seconds=0.01, act=fail))
    started[0].start()

    assert all(tried.acquire(timeout=30) for _ in range(3))


@pytest.mark.django_db(transaction=True)
def test_worker_puts_back_what_has_expired_without_any_message(started: list[Repeating]) -> None:
    run = RunFactory()
    assert claim_run(worker="runs@gone:1") is not None
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))

    started += [Repeating(name="healer", seconds=0.05, act=requeue_expired) for _ in range(3)]
    for each in started:
        each.start()

    until = monotonic() + 30
    while Run.objects.get(pk=run.pk).state != RunState.QUEUED and monotonic() < until:
        sleep(0.02)
    run.refresh_from_db()
    assert (run.state, run.attempts.count()) == (RunState.QUEUED, 1)
    assert [event.state for event in run.events.order_by("id")] == ["preparing", "queued"]
    for each in started:
        each.stop()
        each._thread.join(30)
