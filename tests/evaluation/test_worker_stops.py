"""Real workers: cancelled and paused runs stop at once, and a run that kills is not passed on."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from evaluation.domain.cancel import cancel_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.flow import set_track_flow
from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.enums import Flow
from submissions.models import Submission
from tests.evaluation.projects import MANIFEST, submitted
from tests.factories import SubmissionFactory, TeamFactory
from tests.processes import celery_worker, kill_group, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
SOON = {"LEASE_SECONDS": "3", "HEARTBEAT_SECONDS": "0.5", "SWEEP_SECONDS": "1"}
# It has a child of its own, and minds no signal that can be minded.
STUBBORN = """
import json, signal, subprocess, sys, time
for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(ignored, signal.SIG_IGN)
child = [sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]]
subprocess.Popen(child, stdin=subprocess.DEVNULL)
for line in sys.stdin:
    task = json.loads(line)
    time.sleep(0.5)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""
TASKS = 8


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def alive(marker: str) -> list[int]:
    """The processes whose command line holds the marker."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if has(pid, marker)]


def has(pid: int, marker: str) -> bool:
    try:
        return marker.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def stubborn(marker: str) -> Run:
    manifest = MANIFEST.replace('"main.py"]', f'"main.py", "{marker}"]')
    submission = submitted({"corral.toml": manifest, "main.py": STUBBORN}, tasks=TASKS)
    return enqueue_run(submission_id=submission.pk)


def again(submission: Submission) -> Run:
    """The run of another team's submission of the same files."""
    same = ("track", "model", "manifest", "archive_sha256", "archive_bytes")
    facts = {name: getattr(submission, name) for name in same}
    facts["team"] = TeamFactory(hackathon=submission.track.hackathon)
    return enqueue_run(submission_id=SubmissionFactory(**facts).pk)


def in_the_middle(run: Run) -> bool:
    now = fresh(run)
    return now.state == RunState.RUNNING and 2 <= now.public_done < TASKS


@contextmanager
def platform(folder: Path) -> Iterator[None]:
    """The sweep's worker with beat."""
    beat = ("-B", "-s", f"{folder}/beat")
    with celery_worker("platform", "platform", *beat, log=folder / "platform", **SOON):
        yield


def test_cancelled_run_stops_within_a_second_and_its_worker_goes_on(tmp_path: Path) -> None:
    marker = uuid4().hex
    with celery_worker("first", "runs", log=tmp_path / "first"):
        run = stubborn(marker)
        wait_for(lambda: in_the_middle(run) and len(alive(marker)) >= 2, 60)
        cancel_run(run=run, person=run.submission.team.people.get())
        wait_for(lambda: not alive(marker), 1.0)
        after = fresh(run)
        following = again(run.submission)
        wait_for(lambda: fresh(following).ended, 30)

    assert after.state == RunState.CANCELLED
    assert after.results.count() == after.public_done >= 2
    assert fresh(run).public_done == after.public_done  # nothing was recorded late
    assert run.attempts.get().outcome == "cancelled"
    assert fresh(following).state == RunState.SCORED


def test_paused_run_stops_within_a_second_and_goes_on_where_it_was(tmp_path: Path) -> None:
    marker = uuid4().hex
    with celery_worker("first", "runs", log=tmp_path / "first"):
        run = stubborn(marker)
        track = run.submission.track
        wait_for(lambda: in_the_middle(run) and len(alive(marker)) >= 2, 60)
        set_track_flow(track=track, flow=Flow.PAUSED)
        wait_for(lambda: not alive(marker), 1.0)
        done = fresh(run).public_done
        assert fresh(run).state == RunState.QUEUED
        set_track_flow(track=track, flow=Flow.OPEN)
        wait_for(lambda: fresh(run).ended, 60)

    ended = fresh(run)
    by_attempt = [result.attempt for result in run.results.all()]
    assert (ended.state, ended.public_score) == (RunState.SCORED, 1.0)
    assert by_attempt == [1] * done + [2] * (TASKS - done)
    assert [attempt.outcome for attempt in run.attempts.all()] == ["paused", "scored"]


def test_run_that_kills_its_process_twice_is_not_passed_on(tmp_path: Path) -> None:
    with platform(tmp_path), celery_worker("first", "runs", log=tmp_path / "first", **SOON):
        run = stubborn(uuid4().hex)
        for attempt in (1, 2):
            wait_for(lambda n=attempt: going(run, n), 60)  # type: ignore[misc]
            os.kill(int(fresh(run).worker.rpartition(":")[2]), signal.SIGKILL)
        wait_for(lambda: fresh(run).ended, 30)

    ended = fresh(run)
    assert ended.state == RunState.ERRORED
    assert ended.reason.startswith("It took the process that evaluated it down 2 times")
    assert [attempt.outcome for attempt in run.attempts.all()] == ["killed", "killed"]


def going(run: Run, attempt: int) -> bool:
    now = fresh(run)
    return (now.state, now.attempt) == (RunState.RUNNING, attempt)


def test_run_whose_workers_are_lost_in_a_row_is_still_evaluated(tmp_path: Path) -> None:
    with platform(tmp_path):
        run = stubborn(uuid4().hex)
        for attempt in (1, 2, 3):
            log = tmp_path / f"worker{attempt}"
            with celery_worker(f"worker{attempt}", "runs", log=log, **SOON) as worker:
                wait_for(lambda n=attempt: going(run, n), 60)  # type: ignore[misc]
                kill_group(worker)
        with celery_worker("last", "runs", log=tmp_path / "last", **SOON):
            wait_for(lambda: fresh(run).ended, 60)

    assert fresh(run).state == RunState.SCORED
    outcomes = [attempt.outcome for attempt in run.attempts.all()]
    assert outcomes == ["lost", "lost", "lost", "scored"]
