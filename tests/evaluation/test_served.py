"""What serves a run's model is asked, recorded, and refused where it is another."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from corral.errors import PlatformError
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.job import load_job
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Attempt, Run
from tests.evaluation.projects import PROMPT, submitted
from tests.factories import AttemptFactory, LanguageModelFactory, RunFactory
from tests.fakes.background import serving
from tests.fakes.upstream import MODEL_PATH, FakeUpstream

pytestmark = pytest.mark.django_db(transaction=True)
PARAMETERS = 134_515_008
FILES = {"corral.toml": PROMPT, "prompt.txt": "{input}"}


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with serving() as upstream:
        upstream.settings.build = "b4567"
        upstream.settings.said_of_model = {"meta": {"n_params": PARAMETERS}}
        yield upstream


def evaluated(upstream: FakeUpstream, **facts: int) -> Run:
    submission = submitted(FILES, tasks=1, upstream=upstream.base_url, **facts)
    enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=this_sandbox(), degraded=False)
    return Run.objects.get(pk=claim.run_id)


def page_of(client: Client, run: Run) -> str:
    client.force_login(run.submission.team.people.get())
    page = client.get(reverse("evaluation:submission", args=[run.submission_id]))
    return page.content.decode()


def test_what_was_served_is_recorded_and_shown(client: Client, upstream: FakeUpstream) -> None:
    run = evaluated(upstream, parameters=PARAMETERS)

    served = run.attempts.get().served
    assert run.state == RunState.SCORED
    assert (served["server"], served["build"], served["verified"]) == (
        "llama.cpp",
        "b4567",
        ["parameters"],
    )
    page = page_of(client, run)
    assert "Served by llama.cpp b4567, 134,515,008 parameters, matches the catalogue." in page
    assert MODEL_PATH not in str(served) + page


def test_other_model_is_the_platforms_fault_and_costs_nothing(upstream: FakeUpstream) -> None:
    run = evaluated(upstream, parameters=1_000)

    attempt = run.attempts.get()
    assert (run.state, run.calls, run.results.count()) == (RunState.QUEUED, 0, 0)
    assert "134,515,008 parameters; the catalogue's has 1,000." in run.reason
    assert attempt.outcome == "errored"
    assert attempt.served["contradictions"]
    assert upstream.requests == []


def test_server_that_says_nothing_is_recorded_as_such(
    client: Client, upstream: FakeUpstream
) -> None:
    upstream.settings.owner, upstream.settings.said_of_model = "somebody", {}

    run = evaluated(upstream, parameters=PARAMETERS)

    assert run.state == RunState.SCORED
    page = page_of(client, run)
    assert "The model server doesn&#x27;t say what it serves." in page


def test_page_shows_the_newest_attempt_that_asked(client: Client) -> None:
    run = RunFactory(state="running", attempt=3)
    for number, build in ((1, "b1"), (2, "b2")):
        AttemptFactory(run=run, number=number, served={"server": "llama.cpp", "build": build})
    AttemptFactory(run=run, number=3)

    page = page_of(client, run)

    assert "Served by llama.cpp b2, of which the catalogue knows no figures." in page
    assert Attempt.objects.get(number=3).served == {}


def test_run_whose_model_has_other_weights_by_now_is_not_begun() -> None:
    model = LanguageModelFactory(slug="llama")
    run = RunFactory(submission__track__allowed_models=[model])
    claim = claim_run(worker="w")
    assert claim == Claim(run.pk, 1, "w")
    model.weights_sha256 = "a" * 64
    model.save()

    with pytest.raises(PlatformError, match="other weights of llama by now"):
        load_job(replace(claim, attempt=1))
