"""Runs of projects that require packages: real uv, real sandbox, an index of the test's own."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat, Now

from catalogue.models import LanguageModel
from corral.sandbox.base import Sandbox
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run
from submissions.models import Submission
from tests.evaluation.projects import MANIFEST, submitted
from tests.fakes.index import Answering, Index, serving_index
from tests.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = """
import json, sys
import echoing
for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"id": task["id"], "output": echoing.echo(task)}), flush=True)
"""
ECHOING = "def echo(task): return task['input']['input']\n"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return this_sandbox()


@pytest.fixture
def index(settings: Any) -> Iterator[Index]:
    """The index of this machine's workers. Its folder of openai is as small as it can be."""
    with serving_index(Index(password="hunter2secret")) as index:
        settings.ENVIRONMENT_INDEX_URL = index.url
        index.add("openai", "9.9")
        yield index


def requiring(lines: str, *, tasks: int = 2, private: int = 0) -> Submission:
    """A stored submission that requires these, to a track of its own with a model of its own."""
    LanguageModel.objects.update(slug=Concat(Value("earlier-"), Cast("pk", TextField())))
    files = {"corral.toml": MANIFEST, "main.py": PROGRAM, "requirements.txt": lines}
    return submitted(files, tasks=tasks, private=private)


def evaluated(submission: Submission, sandbox: Sandbox) -> Run:
    """The submission's run after one worker took it."""
    enqueue_run(submission_id=submission.pk)
    return attempted(sandbox)


def attempted(sandbox: Sandbox) -> Run:
    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=False)
    return Run.objects.get(pk=claim.run_id)


def test_run_has_what_its_project_requires_and_says_which(sandbox: Sandbox, index: Index) -> None:
    index.add("echoing", files={"echoing.py": ECHOING})
    run = evaluated(requiring("echoing==1.0  # ours\n", private=1), sandbox)

    environment = run.attempts.get().environment
    assert (run.state, run.public_score, run.private_score) == (RunState.SCORED, 1.0, 1.0)
    assert environment["packages"] == ["echoing==1.0", "openai==9.9"]
    assert (environment["built"], len(environment["digest"])) == (True, 64)

    index.asked.clear()
    again = evaluated(requiring("echoing == 1.0\n", tasks=3), sandbox)
    assert (again.public_score, index.asked) == (1.0, [])
    assert again.attempts.get().environment["built"] is False


def test_each_run_has_its_own_environment_also_in_a_sandbox_that_stood_ready(
    sandbox: Sandbox, index: Index
) -> None:
    index.add("echoing", "1.0", files={"echoing.py": ECHOING})
    index.add("echoing", "2.0", files={"echoing.py": "def echo(task): return 'another'\n"})
    scores = [
        evaluated(requiring(f"echoing=={version}"), sandbox).public_score
        for version in ("1.0", "2.0", "1.0", "2.0")
    ]
    assert scores == [1.0, 0.0, 1.0, 0.0]


def test_run_fails_where_its_project_requires_what_is_not_to_be_had(
    sandbox: Sandbox, index: Index
) -> None:
    run = evaluated(requiring("nowhere-to-be-found"), sandbox)
    assert (run.state, run.public_score, run.attempt) == (RunState.FAILED, None, 1)
    assert run.reason.startswith("requirements: A required package is not in the package index.")
    assert "nowhere-to-be-found was not found" in run.reason


def test_what_was_installed_once_and_cannot_be_again_is_no_failure_of_the_project(
    sandbox: Sandbox, index: Index
) -> None:
    submission = requiring("vanished==1.0")
    enqueue_run(submission_id=submission.pk)
    Run.objects.update(public_done=1)  # an earlier attempt came so far
    run = attempted(sandbox)
    assert run.state == RunState.QUEUED
    assert "What was installed once can't be again" in run.events.last().reason  # type: ignore[union-attr]


def test_index_that_is_away_is_the_platforms_fault_and_tried_again(
    sandbox: Sandbox, index: Index
) -> None:
    index.add("echoing", "3.0", files={"echoing.py": ECHOING})
    index.special["/simple/echoing/"] = lambda answering: answering.answer(b"", status=503)
    run = evaluated(requiring("echoing==3.0"), sandbox)
    reasons = list(run.events.values_list("reason", flat=True))
    assert run.state == RunState.QUEUED
    assert reasons[-1].startswith("To be tried again: The package index could not be asked")
    assert not any(secret in "".join(reasons) for secret in ("hunter2secret", "127.0.0.1"))

    index.special.clear()
    Run.objects.update(available_at=Now())
    assert attempted(sandbox).state == RunState.SCORED


def test_attempt_that_lost_its_lease_stops_building(
    sandbox: Sandbox, index: Index, settings: Any
) -> None:
    settings.HEARTBEAT_SECONDS = 0.1
    index.add("echoing", "4.0", files={"echoing.py": ECHOING})
    wheel = "/files/echoing-4.0-py3-none-any.whl"
    index.special[wheel] = hang
    enqueue_run(submission_id=requiring("echoing==4.0").pk)
    claim = claim_run(worker="test")
    assert claim is not None
    working = threading.Thread(target=execute_and_hang_up, args=(claim, sandbox))
    working.start()
    wait_for(lambda: wheel in index.asked, 20)

    Run.objects.update(attempt=claim.attempt + 1)  # another has it now
    working.join(20)

    assert not working.is_alive()


def execute_and_hang_up(claim: Claim, sandbox: Sandbox) -> None:
    execute(claim, sandbox=sandbox, degraded=False)
    connections.close_all()


def hang(answering: Answering) -> None:
    answering.close_connection = True
    answering.connection.settimeout(30)
    answering.connection.recv(1)
