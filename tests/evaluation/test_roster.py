"""The workers that there are, and what follows from the silence of one of their processes."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from evaluation.domain.claim import claim_run
from evaluation.domain.flow import set_worker_flow
from evaluation.domain.roster import Pulse, enlist, live_workers, outlived, say_alive, seat_name
from evaluation.domain.sweep import sweep
from evaluation.enums import RunState
from evaluation.models import Run, Worker
from hackathons.enums import Flow, Lane
from tests.factories import RunFactory
from tests.processes import wait_for

pytestmark = pytest.mark.django_db
NAME, MINUTE = "runs@host", timedelta(minutes=1)


def held_by(process: int) -> Run:
    """A run of a process of the worker, whose lease has just expired."""
    run: Run = RunFactory()
    enlist(name=NAME, lanes=[Lane.CPU], slots=2)
    Worker.objects.update(started_at=timezone.now() - MINUTE)
    assert claim_run(worker=f"{NAME}:{process}") is not None
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    run.refresh_from_db()
    return run


def judged_killed(run: Run) -> bool:
    return outlived(run_id=run.pk, attempt=run.attempt, worker=run.worker)


def test_worker_that_lives_on_without_its_process_outlived_it() -> None:
    run = held_by(42)
    say_alive(name=NAME, processes=[43])

    assert judged_killed(run)


def test_process_that_is_still_there_was_not_killed() -> None:
    run = held_by(42)
    say_alive(name=NAME, processes=[42, 43])

    assert not judged_killed(run)


def test_worker_that_went_silent_with_its_process_was_lost() -> None:
    run = held_by(42)
    say_alive(name=NAME, processes=[43])
    Worker.objects.update(seen_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS))

    assert not judged_killed(run)


def test_worker_that_began_again_after_the_attempt_was_lost() -> None:
    run = held_by(42)
    enlist(name=NAME, lanes=[Lane.CPU], slots=2)
    say_alive(name=NAME, processes=[43])

    assert not judged_killed(run)


def test_worker_that_nobody_knows_was_lost() -> None:
    run = held_by(42)
    Worker.objects.all().delete()

    assert not judged_killed(run)


def test_sweep_ends_a_run_that_killed_its_process_twice() -> None:
    run = held_by(42)
    say_alive(name=NAME, processes=[43])
    sweep()
    claim_run(worker=f"{NAME}:43")
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    say_alive(name=NAME, processes=[44])
    sweep()

    run.refresh_from_db()
    assert run.state == RunState.ERRORED
    assert run.reason == (
        "It took the process that evaluated it down 2 times, so it is not passed on: "
        "the process of worker runs@host:43 died."
    )
    assert [attempt.outcome for attempt in run.attempts.all()] == ["killed", "killed"]


def test_enlist_keeps_what_an_organizer_said() -> None:
    enlist(name=NAME, lanes=[Lane.CPU], slots=1)
    set_worker_flow(worker=Worker.objects.get(), flow=Flow.DRAINING)

    enlist(name=NAME, lanes=[Lane.GPU], slots=4)

    worker = Worker.objects.get()
    assert (worker.flow, worker.lanes, worker.slots) == (Flow.DRAINING, [Lane.GPU], 4)


def test_live_workers_are_those_seen_within_a_lease() -> None:
    enlist(name=NAME, lanes=[Lane.CPU], slots=1)
    enlist(name="gone@host", lanes=[Lane.CPU], slots=1)
    Worker.objects.filter(name="gone@host").update(
        seen_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1)
    )

    assert [worker.name for worker in live_workers()] == [NAME]


def test_sweep_puts_back_a_run_that_a_pause_missed() -> None:
    run = RunFactory()
    claim_run(worker=f"{NAME}:1")
    track = run.submission.track
    type(track).objects.update(flow=Flow.PAUSED)  # as by somebody cut off after this

    assert sweep().paused == 1

    run.refresh_from_db()
    assert (run.state, run.attempts.get().outcome) == (RunState.QUEUED, "paused")
    assert sweep().paused == 0


@pytest.mark.parametrize(
    ("worker", "seat"), [("runs@host:12", "runs@host"), ("a:b@host:12", "a:b@host"), ("w1", "")]
)
def test_seat_name_is_the_worker_of_a_process(worker: str, seat: str) -> None:
    assert seat_name(worker) == seat


@pytest.mark.django_db(transaction=True)
def test_pulse_says_which_processes_live_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "HEARTBEAT_SECONDS", 0.05)
    processes = [7]
    pulse = Pulse(name=NAME, lanes=[Lane.CPU], slots=1, processes=lambda: list(processes))

    pulse.start()
    try:
        wait_for(lambda: Worker.objects.filter(name=NAME, processes=[7]).exists(), 5)
        processes[:] = [8, 9]
        wait_for(lambda: Worker.objects.filter(name=NAME, processes=[8, 9]).exists(), 5)
    finally:
        pulse.stop()
        pulse._thread.join(timeout=5)
    assert not pulse._thread.is_alive()
