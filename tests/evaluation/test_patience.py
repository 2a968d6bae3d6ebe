"""A run whose outputs are hostile to the scorer has one patience for both of its parts."""

import pytest

from corral.scorers import apart
from corral.scorers.apart import CPU_SECONDS, NO_PATIENCE, TOO_LONG
from corral.suites.base import Split, Task
from corral.verdicts import Verdict
from evaluation.domain.claim import claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run
from tests.evaluation.projects import MANIFEST, submitted_to
from tests.evaluation.shadows import started, work_off

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAM = """
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    output = "$3$" if task["id"] == "fair" else "The answer is 9^9^9^9^9^9"
    print(json.dumps({"id": task["id"], "output": output}), flush=True)
"""
PUBLIC = ["first", "second", "fair"]


def test_slow_outputs_leave_little_time_for_the_others_of_their_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apart, "MOST_SLOW", 1)
    tasks = [Task(key=key, input={"input": "?"}, target="3", scorer="math") for key in PUBLIC]
    private = Task(
        key="private", input={"input": "?"}, target="3", scorer="math", split=Split.PRIVATE
    )
    submission = submitted_to([*tasks, private], {"corral.toml": MANIFEST, "main.py": PROGRAM})
    enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None

    execute(claim, sandbox=this_sandbox(), degraded=False)

    run = Run.objects.get()
    assert run.state == RunState.SCORED
    assert run.sandbox_seconds > CPU_SECONDS  # what judging takes is in the team's share
    assert said(run) == {
        "first": f"The output can't be judged: it {TOO_LONG}.",
        "second": f"The output can't be judged: it {NO_PATIENCE}.",
        "fair": 'The answer "3" equals "3".',
        "private": f"The output can't be judged: it {NO_PATIENCE}.",
    }

    started(submission.track, run.suite_version)
    work_off()

    assert said(Run.objects.get(replaces=run)) == said(run)


def said(run: Run) -> dict[str, str]:
    """The explanations by task, where no verdict but these two was given."""
    results = run.results.select_related("task")
    assert {one.verdict for one in results} == {Verdict.CORRECT, Verdict.WRONG}
    return {one.task.key: one.explanation for one in results}
