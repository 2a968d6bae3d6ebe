"""A quick score in a real browser: it comes while the run goes on, without a reload."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from django.urls import reverse

from accounts.models import User
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.claim import Claim
from evaluation.domain.quick import in_order
from evaluation.domain.record import Judged, Spent, begin_running, record_results
from evaluation.domain.roster import enlist
from evaluation.models import Run
from hackathons.enums import Lane
from tests.e2e.conftest import Tab, Web, elsewhere
from tests.e2e.test_queue import claimed, logged_in
from tests.e2e.test_queue import no_worker as no_worker
from tests.factories import RunFactory, SubmissionFactory, SuiteVersionFactory, TrackFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
SHOWN = "document.querySelector('[data-quick]')"


def one_running() -> tuple[Claim, User, Sequence[UUID]]:
    """A run that goes on, a member of its team, and its public tasks in the run's order."""
    enlist(name="runs@test", lanes=[Lane.CPU], slots=1)
    version = SuiteVersionFactory(public=20)
    track = TrackFactory(suite_version=version, quick_tasks=5)
    run: Run = RunFactory(submission=SubmissionFactory(track=track))
    claim = claimed()
    begin_running(claim, degraded=False)
    ordered = in_order(run, version.tasks.filter(split=Split.PUBLIC), mix=False)
    return claim, run.submission.team.people.get(), [task.pk for task in ordered]


def judge(claim: Claim, tasks: Sequence[UUID]) -> None:
    """All of them are answered, and right."""
    judged = [
        Judged(
            task_id=task,
            split=Split.PUBLIC,
            output="2",
            answer="2",
            verdict=Verdict.CORRECT,
            score=1.0,
            explanation="",
            latency_ms=1.0,
            prompt_tokens=None,
            completion_tokens=None,
        )
        for task in tasks
    ]
    record_results(claim, judged, Spent())


@pytest.mark.parametrize("width", [1280, 390])
def test_quick_score_comes_by_itself_and_only_once_all_of_its_tasks_are_judged(
    web: Web, open_tab: Callable[..., Tab], width: int
) -> None:
    claim, person, tasks = elsewhere(one_running)
    submission = elsewhere(lambda: Run.objects.get(pk=claim.run_id).submission_id)
    tab = open_tab(f"{web.url}/", width=width)
    logged_in(tab, web, person)
    tab.page.goto(web.url + reverse("evaluation:submission", args=[submission]))
    waits = "once the first 5 of 20 tasks are judged"
    assert waits in tab.page.locator("#status").inner_text()
    tab.page.evaluate("window.same = true")

    # Five are judged, but the fifth of them is not one that comes first.
    elsewhere(lambda: judge(claim, [*tasks[:4], tasks[10]]))
    tab.wait("document.querySelector('[data-done]').textContent === '5'", 15)
    tab.page.wait_for_timeout(1500)
    assert waits in tab.page.locator("#status").inner_text()
    elsewhere(lambda: judge(claim, [tasks[4]]))
    tab.wait(f"{SHOWN} !== null", 15)

    assert "100.0 % ± 0.0 % on the first 5 of 20 tasks" in tab.page.locator("#status").inner_text()
    assert tab.page.evaluate("window.same")
    assert tab.page.evaluate("document.documentElement.scrollWidth") == width
    assert tab.complaints() == []
