"""Outputs that a model judges, in a run; while that model is away there is no verdict."""

import re

import pytest
from aiohttp import web
from django.db import DatabaseError
from pytest_django import Settings

from corral.scorers.rubric import prompt_sha256
from corral.suites.base import Task
from corral.verdicts import Verdict
from evaluation.domain.claim import claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run, TaskResult
from tests.evaluation.projects import MANIFEST, NOBODY, submitted_to, this_upstream
from tests.evaluation.shadows import started, work_off
from tests.factories import LanguageModelFactory, TaskResultFactory
from tests.fakes.background import serving
from tests.fakes.upstream import FakeUpstream

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAM = """
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"id": task["id"], "output": "Because it rains."}), flush=True)
"""
TASK = Task(
    key="why",
    input={"input": "Why is it wet?"},
    target={"question": "Why is it wet?", "rubric": "Says that it rains."},
    scorer="rubric",
    scorer_options={"mode": "pointwise"},
)


JUDGED = {"model": "judge-1b", "weights_sha256": "ab" * 32, "prompt_sha256": "cd" * 32}


@pytest.fixture(autouse=True)
def before_it_is_changed() -> None:
    """The server that all tests' projects share answers as it always does."""
    this_upstream()


async def verdict(self: FakeUpstream, request: web.Request) -> web.Response:
    """Full marks, on a line with the code that the judge was told."""
    body = await request.json()
    self.requests.append(body)
    code = re.search(r"^(\w+) VERDICT", body["messages"][0]["content"], re.MULTILINE)
    assert code is not None
    said = {"role": "assistant", "content": f"{code[1]} VERDICT: 5"}
    return web.json_response({"choices": [{"message": said}]})


def evaluated() -> Run:
    submission = submitted_to([TASK], {"corral.toml": MANIFEST, "main.py": PROGRAM})
    enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=this_sandbox(), degraded=False)
    return Run.objects.get(pk=claim.run_id)


def test_run_is_judged_by_the_model_that_the_setting_names(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeUpstream, "_chat", verdict)
    with serving() as fake:
        judge = LanguageModelFactory(slug="judge-1b", upstream=fake.base_url)
        settings.JUDGE_MODEL = judge.slug

        run = evaluated()

        assert fake.requests[0]["model"] == "judge-1b"
    assert (run.state, run.public_score) == (RunState.SCORED, 1.0)
    result = run.results.get()
    assert result.verdict == Verdict.CORRECT
    assert result.judge == {
        "model": "judge-1b",
        "weights_sha256": judge.weights_sha256,
        "prompt_sha256": prompt_sha256(TASK.scorer_options),
    }


def test_judge_costs_the_project_nothing_and_is_in_no_ledger(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeUpstream, "_chat", verdict)
    with serving() as fake:
        settings.JUDGE_MODEL = LanguageModelFactory(upstream=fake.base_url).slug

        run = evaluated()

        assert len(fake.requests) == 1
    assert (run.state, run.calls, run.tokens) == (RunState.SCORED, 0, 0)
    assert not run.ledger.exists()


def test_rescored_run_says_who_judged_it_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeUpstream, "_chat", verdict)
    with serving() as fake:
        settings.JUDGE_MODEL = LanguageModelFactory(slug="judge-1b", upstream=fake.base_url).slug
        run = evaluated()
        settings.JUDGE_MODEL = LanguageModelFactory(slug="judge-2b", upstream=fake.base_url).slug

        started(run.submission.track, run.suite_version)
        assert work_off(this_sandbox()) == 1

    again = Run.objects.get(replaces=run)
    judges = [one.results.get().judge["model"] for one in (run, again)]
    assert judges == ["judge-1b", "judge-2b"]


def test_judge_of_a_result_can_not_be_changed() -> None:
    result = TaskResultFactory(judge=JUDGED)
    with pytest.raises(DatabaseError, match="append-only"):
        TaskResult.objects.filter(pk=result.pk).update(judge=None)


def test_run_waits_while_the_judging_model_is_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corral.gateway.upstream.random.uniform", lambda low, high: 0.0)
    settings.JUDGE_MODEL = LanguageModelFactory(slug="judge-1b", upstream=NOBODY).slug

    run = evaluated()

    assert run.state == RunState.QUEUED
    assert not TaskResult.objects.exists()
    reason = run.attempts.get().reason
    assert reason == "The judging model judge-1b: The model server can't be reached."
