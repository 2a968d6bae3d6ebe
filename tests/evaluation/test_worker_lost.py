"""Promise 1: a killed or frozen worker loses nothing, doubles nothing, and records nothing late."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from corral.verdicts import Verdict
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.ledger import Intact, verify_ledger
from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.models import BudgetAccount
from tests.evaluation.projects import PROMPT, submitted, submitted_program
from tests.fakes.background import serving
from tests.processes import celery_worker, kill_group, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

SLOW_ECHO = """
import json, sys, time
for line in sys.stdin:
    task = json.loads(line)
    time.sleep(0.6)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""
TASKS = 8


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def enqueued() -> Run:
    submission = submitted_program(SLOW_ECHO, tasks=TASKS)
    return enqueue_run(submission_id=submission.pk)


def in_the_middle(run: Run) -> bool:
    now = fresh(run)
    return now.state == RunState.RUNNING and 2 <= now.public_done < TASKS


def assert_ended_once(run: Run) -> None:
    ended = fresh(run)
    assert (ended.state, ended.public_done) == (RunState.SCORED, TASKS)
    assert ended.public_score == 1.0
    assert ended.results.count() == TASKS
    assert {result.verdict for result in ended.results.all()} == {Verdict.CORRECT}
    assert [event.state for event in ended.events.all()].count(RunState.SCORED) == 1


@contextmanager
def two_workers(folder: Path, **changes: str) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    """The sweep's worker with beat, and two workers for runs that are ready, by their names."""
    beat = ("-B", "-s", f"{folder}/beat")
    with (
        celery_worker("platform", "platform", *beat, log=folder / "platform", **changes),
        celery_worker("first", "runs", log=folder / "first", **changes) as first,
        celery_worker("second", "runs", log=folder / "second", **changes) as second,
    ):
        yield {"first": first, "second": second}


def holder_of(run: Run) -> str:
    return fresh(run).worker.partition("@")[0]


def test_worker_killed_in_the_middle_of_a_run_loses_nothing(tmp_path: Path) -> None:
    with two_workers(tmp_path) as workers:
        run = enqueued()
        wait_for(lambda: in_the_middle(run), 60)
        kill_group(workers[holder_of(run)])
        done_by_the_dead = fresh(run).public_done
        again = wait_for(
            lambda: fresh(run).attempt == 2 and fresh(run).state == RunState.RUNNING, 20
        )
        wait_for(lambda: fresh(run).ended, 30)

    assert again < 20
    assert_ended_once(run)
    assert [attempt.outcome for attempt in run.attempts.all()] == ["lost", "scored"]
    by_attempt = [result.attempt for result in run.results.all()]
    assert by_attempt == [1] * done_by_the_dead + [2] * (TASKS - done_by_the_dead)


def test_worker_killed_in_the_middle_of_a_call_leaves_nothing_set_aside(tmp_path: Path) -> None:
    files = {"corral.toml": PROMPT, "prompt.txt": "{input}"}
    with serving() as upstream, two_workers(tmp_path) as workers:
        upstream.settings.latency = 0.7
        submission = submitted(files, tasks=TASKS * 2, upstream=upstream.base_url)
        run = enqueue_run(submission_id=submission.pk)
        wait_for(lambda: fresh(run).calls >= 4 and upstream.at_once > 0, 60)
        kill_group(workers[holder_of(run)])
        wait_for(lambda: fresh(run).ended, 60)

    ended = fresh(run)
    lost, scored = run.attempts.order_by("number")
    team = BudgetAccount.objects.exclude(team=None).get()
    event = BudgetAccount.objects.get(team=None)
    assert (ended.state, lost.outcome, scored.outcome) == (RunState.SCORED, "lost", "scored")
    assert ended.lost_tokens == lost.drawn_tokens - lost.used_tokens > 0
    assert ended.tokens == lost.used_tokens + scored.used_tokens
    assert ended.tokens + ended.lost_tokens <= ended.policy["token_budget"]
    assert (team.used_tokens, team.held_tokens) == (scored.used_tokens, 0)
    assert (event.used_tokens, event.held_tokens) == (ended.tokens + ended.lost_tokens, 0)
    assert verify_ledger(ended) == Intact(ended.calls)


def test_worker_frozen_past_its_lease_records_nothing_when_it_wakes(tmp_path: Path) -> None:
    soon = {"LEASE_SECONDS": "3", "HEARTBEAT_SECONDS": "0.5", "SWEEP_SECONDS": "1"}
    with two_workers(tmp_path, **soon) as workers:
        run = enqueued()
        wait_for(lambda: in_the_middle(run), 60)
        holder = holder_of(run)
        kill_group(workers[holder], signal.SIGSTOP)
        frozen_at = fresh(run).public_done
        wait_for(lambda: fresh(run).attempt == 2 and fresh(run).public_done > frozen_at, 30)
        kill_group(workers[holder], signal.SIGCONT)
        wait_for(lambda: b"lost its lease" in (tmp_path / holder).read_bytes(), 20)
        wait_for(lambda: fresh(run).ended, 30)

    assert_ended_once(run)
    by_attempt = [result.attempt for result in run.results.all()]
    assert by_attempt == [1] * frozen_at + [2] * (TASKS - frozen_at)
