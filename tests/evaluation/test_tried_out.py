"""Outputs that are tried out in the worker's own sandbox, in a run and when it is scored again."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from corral.errors import SandboxUnavailable
from corral.json_types import JsonObject
from corral.sandbox.base import Launch, Sandbox, SandboxProcess
from corral.suites.base import Split, Task
from corral.verdicts import Verdict
from evaluation.domain.claim import claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run, TaskResult
from submissions.models import Submission
from tests.evaluation.projects import MANIFEST, submitted_to
from tests.evaluation.shadows import started, work_off
from tests.factories import SuiteVersionFactory

pytestmark = pytest.mark.django_db(transaction=True)

PROMPT = "def double(n):\n"
TEST = "def check(candidate):\n    assert candidate(2) == {wanted}, 'two'\n"
ANSWERS = {
    "right": "    return 2 * n",
    "wrong": "```python\ndef double(n):\n    return n\n```",
    "crash": "    return m",
    "hang": "    while True: pass",
    "output": "[ANSWER]assert f('a') == 'aa'[/ANSWER]",
    "input": "assert f('a') == 'aa'",
    "private": "    return n + n",
}
PROGRAM = f"""
import json, sys
answers = {json.dumps(ANSWERS)}
for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({{"id": task["id"], "output": answers[task["id"]]}}), flush=True)
"""
FILES = {"corral.toml": MANIFEST, "main.py": PROGRAM}
CRUX: JsonObject = {"code": "def f(s):\n    return s * 2", "input": "'a'", "output": "'aa'"}


def code_task(key: str, *, wanted: int = 4, seconds: float = 20.0) -> Task:
    return Task(
        key=key,
        input={"input": PROMPT},
        target={
            "prompt": PROMPT,
            "test": TEST.replace("{wanted}", str(wanted)),
            "entry_point": "double",
        },
        scorer="code",
        scorer_options={"seconds": seconds},
        split=Split.PRIVATE if key == "private" else Split.PUBLIC,
    )


def crux_task(key: str) -> Task:
    return Task(
        key=key,
        input={"input": "What does f do?"},
        target=CRUX,
        scorer="output_prediction",
        scorer_options={"predict": key},
    )


def all_tasks(*, wanted: int = 4) -> list[Task]:
    ordinary = [code_task(key, wanted=wanted) for key in ("right", "wrong", "crash", "private")]
    return [*ordinary, code_task("hang", seconds=1.0), crux_task("output"), crux_task("input")]


class Watching:
    """The worker's sandbox; notes whether a transaction is open when one is started."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.in_transaction: list[bool] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sandbox, name)

    async def start(self, launch: Launch) -> SandboxProcess:
        self.in_transaction.append(await sync_to_async(lambda: connection.in_atomic_block)())
        return await self.sandbox.start(launch)


class NoTrials(Watching):
    """Starts projects, and nothing that is to be tried out."""

    async def start(self, launch: Launch) -> SandboxProcess:
        if launch.project.name == "trial":
            raise SandboxUnavailable("No stall is free.")
        return await super().start(launch)


def evaluated(submission: Submission, sandbox: Sandbox) -> Run:
    enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=False)
    return Run.objects.get(pk=claim.run_id)


def verdicts_of(run: Run) -> dict[str, Verdict]:
    return {result.task.key: Verdict(result.verdict) for result in run.results.all()}


def test_run_whose_outputs_are_tried_out_and_scored_again() -> None:
    sandbox = Watching(this_sandbox())
    run = evaluated(submitted_to(all_tasks(), FILES), sandbox)

    assert (run.state, run.reason) == (RunState.SCORED, "")
    assert verdicts_of(run) == {
        "right": Verdict.CORRECT,
        "wrong": Verdict.WRONG,
        "crash": Verdict.CRASH,
        "hang": Verdict.TIMEOUT,
        "output": Verdict.CORRECT,
        "input": Verdict.CORRECT,
        "private": Verdict.CORRECT,
    }
    assert run.results.get(task__key="wrong").explanation == (
        'A test failed: "AssertionError: two".'
    )
    assert (run.public_score, run.private_score) == (0.5, 1.0)
    assert sandbox.in_transaction == [False] * (2 + len(ANSWERS))  # two of them the project's

    track = run.submission.track
    version = SuiteVersionFactory(suite=track.suite_version.suite, tasks=all_tasks(wanted=2))
    started(track, version)
    assert work_off(sandbox) == 1
    again = Run.objects.get(source=run)
    assert again.state == RunState.SCORED
    assert verdicts_of(again)["right"] is Verdict.WRONG
    assert verdicts_of(again)["wrong"] is Verdict.CORRECT
    assert verdicts_of(again)["crash"] is Verdict.CRASH
    assert sandbox.in_transaction == [False] * (2 + 2 * len(ANSWERS))


def test_output_that_can_not_be_tried_out_here_is_no_verdict() -> None:
    run = evaluated(submitted_to([code_task("right")], FILES), NoTrials(this_sandbox()))

    assert run.state == RunState.QUEUED
    assert not TaskResult.objects.filter(run=run).exists()
    assert "No stall is free." in run.attempts.get().reason
