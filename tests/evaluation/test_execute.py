"""Run and scored: real sandbox, real gateway, a fake upstream that speaks HTTP."""

import time
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.db.models.functions import Now

from config.storage import storages
from corral.runner import TaskOutcome
from corral.sandbox.base import Sandbox
from corral.scorers.assisted import Help
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain import execute as execution
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.endings import give_back
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.judge import judge
from evaluation.domain.record import Spent, begin_running, record_results
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run
from submissions.domain.kept import kept_archive
from submissions.models import Submission
from tests.evaluation.projects import (
    MANIFEST,
    NOBODY,
    PROMPT,
    packed,
    submitted,
    submitted_program,
)

pytestmark = pytest.mark.django_db(transaction=True)

ECHO = """
import json, sys
print("ready", file=sys.stderr)
for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""
PACED = ECHO.replace("    task = ", "    __import__('time').sleep(0.1)\n    task = ")
ASK = """
import json, os, sys
from openai import OpenAI
client = OpenAI()
for line in sys.stdin:
    task = json.loads(line)
    reply = client.chat.completions.create(
        model=os.environ["CORRAL_MODEL"],
        messages=[{"role": "user", "content": task["input"]["input"]}],
        max_tokens=8,
    )
    print(json.dumps({"id": task["id"], "output": reply.choices[0].message.content}), flush=True)
"""
CRASH = """
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    if task["id"] == "t1":
        sys.exit(3)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""

TELLTALE = ECHO.replace(
    "    task = json.loads(line)",
    """    task = json.loads(line)
    if task["id"] == "t1":
        print(task["input"]["input"], file=sys.stderr)
        sys.exit(127)""",
)
NUL = "import sys; sys.stderr.write('no\\0thing\\n'); sys.exit(127)"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return this_sandbox()


def evaluated(submission: Submission, sandbox: Sandbox) -> Run:
    """The submission's run after one worker took it."""
    enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=False)
    return Run.objects.get(pk=claim.run_id)


def test_execute_scores_both_splits_and_keeps_only_the_public_log(sandbox: Sandbox) -> None:
    run = evaluated(submitted_program(ECHO, tasks=3, private=2), sandbox)

    assert (run.state, run.reason) == (RunState.SCORED, "")
    assert (run.public_score, run.private_score) == (1.0, 1.0)
    assert (run.public_done, run.private_done) == (3, 2)
    assert [event.state for event in run.events.all()] == [
        RunState.QUEUED,
        RunState.PREPARING,
        RunState.RUNNING,
        RunState.SCORING,
        RunState.SCORED,
    ]
    assert run.attempts.get().log_head == "ready\n"


def test_execute_goes_on_at_the_first_unanswered_task(sandbox: Sandbox) -> None:
    submission = submitted_program(ECHO, tasks=3)
    enqueue_run(submission_id=submission.pk)
    lost = claim_run(worker="lost")
    assert lost is not None
    begin_running(lost, degraded=False)
    task = submission.track.suite_version.tasks.get(key="t0")
    answer = TaskOutcome("t0", "something else", None, "", 1.0, None, None)
    judged = async_to_sync(judge)(task.as_task(), answer, task_id=task.pk, help=Help())
    record_results(lost, [judged], Spent())
    give_back(lost, reason="killed.")
    Run.objects.update(available_at=Now())

    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=False)

    results = list(Run.objects.get().results.values_list("attempt", "verdict"))
    assert results == [(1, Verdict.WRONG), (2, Verdict.CORRECT), (2, Verdict.CORRECT)]


def test_execute_records_nothing_twice_when_the_database_is_slow(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*given: Any) -> None:
        record_results(*given)
        time.sleep(0.6)

    monkeypatch.setattr("evaluation.domain.execute.record_results", slowly)

    run = evaluated(submitted_program(PACED, tasks=8), sandbox)

    assert (run.state, run.public_done, run.results.count()) == (RunState.SCORED, 8, 8)


def test_execute_crash_is_a_verdict_and_the_others_are_answered(sandbox: Sandbox) -> None:
    run = evaluated(submitted_program(CRASH, tasks=3), sandbox)

    verdicts = [result.verdict for result in run.results.all()]
    assert run.state == RunState.SCORED
    assert verdicts == [Verdict.CORRECT, Verdict.CRASH, Verdict.CORRECT]
    assert "exit status 3" in run.results.get(verdict=Verdict.CRASH).explanation


def test_execute_program_that_cannot_start_fails_with_a_reason(sandbox: Sandbox) -> None:
    manifest = MANIFEST.replace('["python", "main.py"]', '["./nothing-here"]')
    run = evaluated(submitted({"corral.toml": manifest, "x.py": ""}, tasks=2), sandbox)

    assert (run.state, run.public_score) == (RunState.FAILED, None)
    assert "nothing-here" in run.reason


def test_execute_failed_start_with_private_tasks_is_a_crash_and_tells_nothing(
    sandbox: Sandbox,
) -> None:
    run = evaluated(submitted_program(TELLTALE, tasks=1, private=1), sandbox)

    told = [run.reason, run.attempts.get().reason, *run.events.values_list("reason", flat=True)]
    assert (run.state, run.public_score, run.private_score) == (RunState.SCORED, 1.0, 0.0)
    assert run.results.get(split=Split.PRIVATE).verdict == Verdict.CRASH
    assert not any("word1" in text for text in told)


def test_execute_failed_start_with_only_private_tasks_tells_nothing(sandbox: Sandbox) -> None:
    program = TELLTALE.replace('"t1"', '"t0"')
    run = evaluated(submitted_program(program, tasks=0, private=1), sandbox)

    assert (run.state, run.reason) == (RunState.FAILED, "the program could not start")


def test_execute_failed_start_with_a_nul_on_stderr_is_the_projects_fault(sandbox: Sandbox) -> None:
    run = evaluated(submitted_program(NUL, tasks=1), sandbox)

    assert (run.state, run.reason) == (RunState.FAILED, "no\N{SYMBOL FOR NULL}thing")


def test_execute_heartbeat_does_not_wait_for_a_slow_record(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LEASE_SECONDS, settings.HEARTBEAT_SECONDS = 1.5, 0.3

    def slowly(*given: Any) -> None:
        time.sleep(2.5)  # pushes to a channel layer that is away
        record_results(*given)

    monkeypatch.setattr("evaluation.domain.execute.record_results", slowly)

    run = evaluated(submitted_program(ECHO, tasks=1), sandbox)

    assert (run.state, run.attempt) == (RunState.SCORED, 1)


def test_execute_goes_on_after_postgresql_cut_every_connection(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LEASE_SECONDS, settings.HEARTBEAT_SECONDS = 3.0, 0.3
    cut: list[bool] = []

    def cutting(*given: Any) -> None:
        if not cut:
            cut.append(True)
            cut_connections()
        record_results(*given)

    monkeypatch.setattr("evaluation.domain.execute.record_results", cutting)

    run = evaluated(submitted_program(PACED, tasks=20), sandbox)

    assert (run.state, run.attempt, run.public_done) == (RunState.SCORED, 1, 20)


@pytest.mark.parametrize("moment", ["begin_running", "record_results"])
def test_execute_goes_on_where_the_answer_to_a_commit_was_lost(
    moment: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = getattr(execution, moment), []

    def committing(*given: Any, **named: Any) -> None:
        real(*given, **named)
        if not lost:
            lost.append(True)
            raise OperationalError("the connection was lost")

    monkeypatch.setattr(execution, moment, committing)

    run = evaluated(submitted_program(ECHO, tasks=2), sandbox)

    assert (run.state, run.attempt, run.public_done) == (RunState.SCORED, 1, 2)


@pytest.mark.parametrize("moment", ["load_job", "finish_scored"])
def test_execute_goes_on_after_postgresql_was_cut_at_its_beginning_or_end(
    moment: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, cut = getattr(execution, moment), []

    def cutting(claim: Claim) -> Any:
        if not cut:
            cut.append(True)
            cut_connections()
        return real(claim)

    monkeypatch.setattr(execution, moment, cutting)

    run = evaluated(submitted_program(ECHO, tasks=2), sandbox)

    assert (run.state, run.attempt, run.public_done) == (RunState.SCORED, 1, 2)


def cut_connections() -> None:
    """What a restart of PostgreSQL does to everybody who was connected."""
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() ORDER BY pid = pg_backend_pid()"
        )


def test_execute_counts_tokens_of_the_stock_client(sandbox: Sandbox, upstream_address: str) -> None:
    run = evaluated(submitted_program(ASK, tasks=2, upstream=upstream_address), sandbox)

    assert run.state == RunState.SCORED
    assert run.calls == 2
    assert run.prompt_tokens > 0
    assert run.completion_tokens > 0
    assert all(result.prompt_tokens for result in run.results.all())


def test_execute_prompt_project_needs_no_sandbox(sandbox: Sandbox, upstream_address: str) -> None:
    files = {"corral.toml": PROMPT, "prompt.txt": "{input}"}
    run = evaluated(submitted(files, tasks=2, private=1, upstream=upstream_address), sandbox)

    assert run.state == RunState.SCORED
    assert run.calls == 3
    assert run.results.filter(split=Split.PRIVATE).count() == 1


def test_execute_without_an_upstream_is_the_platforms_fault(sandbox: Sandbox) -> None:
    files = {"corral.toml": PROMPT, "prompt.txt": "{input}"}
    run = evaluated(submitted(files, tasks=2, upstream=NOBODY), sandbox)

    assert run.state == RunState.QUEUED
    assert run.reason == "To be tried again: The model server can't be reached."
    assert run.results.count() == 0


def test_execute_with_a_lost_archive_is_the_platforms_fault(sandbox: Sandbox) -> None:
    submission = submitted_program(ECHO, tasks=1)
    default_storage.delete(kept_archive(submission.archive_sha256).name)

    run = evaluated(submission, sandbox)

    assert run.state == RunState.QUEUED
    assert "archive" in run.reason


def test_execute_with_a_changed_archive_is_the_platforms_fault(sandbox: Sandbox) -> None:
    submission = submitted_program(ECHO, tasks=1)
    name = kept_archive(submission.archive_sha256).name
    default_storage.delete(name)
    default_storage.save(name, ContentFile(packed({"corral.toml": MANIFEST, "main.py": "1 / 0"})))

    run = evaluated(submission, sandbox)

    assert (run.state, run.results.count()) == (RunState.QUEUED, 0)
    assert "by now" in run.reason


def test_execute_while_the_storage_is_away_is_the_platforms_fault(
    sandbox: Sandbox, settings: Any
) -> None:
    submission = submitted_program(ECHO, tasks=1)
    settings.STORAGES = storages("STORAGE_URL", "s3://archives?endpoint=http://127.0.0.1:9")

    run = evaluated(submission, sandbox)

    assert run.state == RunState.QUEUED
    assert "The storage does not answer" in run.reason
    assert "127.0.0.1" not in run.reason


def test_execute_leaves_no_workspace_behind(sandbox: Sandbox, settings: Any) -> None:
    run = evaluated(submitted_program(ECHO, tasks=1), sandbox)

    assert not list(settings.RUNS_ROOT.glob(f"{run.pk.hex[:12]}-*"))
