"""A run that waits, in a real browser: its place moves as others are claimed, then it runs."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.record import begin_running
from evaluation.domain.roster import enlist
from evaluation.models import Run
from hackathons.enums import Lane
from tests.e2e.conftest import Tab, Web, elsewhere
from tests.factories import RoleFactory, RunFactory, SubmissionFactory, TeamFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests call themselves a worker would do; none listens to a nudge here."""
    monkeypatch.setattr("config.pipeline.refresh_board.apply_async", lambda **_: None)


def two_waiting() -> Run:
    """The second of two runs that wait, of two teams."""
    enlist(name="runs@test", lanes=[Lane.CPU], slots=1)
    first = RunFactory()
    track = first.submission.track
    team = TeamFactory(hackathon=track.hackathon)
    second: Run = RunFactory(submission=SubmissionFactory(track=track, team=team))
    return second


def logged_in(tab: Tab, web: Web, person: User) -> None:
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    tab.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": web.url}]
    )


def claimed() -> Claim:
    claim = claim_run(worker="runs@test:1")
    assert claim is not None
    return claim


@pytest.mark.parametrize("page", ["submission", "submissions"])
def test_place_moves_and_then_it_runs(web: Web, open_tab: Callable[..., Tab], page: str) -> None:
    run = elsewhere(two_waiting)
    tab = open_tab(f"{web.url}/")
    logged_in(tab, web, run.submission.team.people.get())
    track = run.submission.track
    given = [run.submission_id] if page == "submission" else [track.hackathon.slug, track.slug]
    tab.page.goto(web.url + reverse(f"evaluation:{page}", args=given))
    text = "document.querySelector('[data-run]').textContent.toLowerCase()"
    assert "number 2" in tab.page.evaluate(text)
    tab.page.evaluate("window.same = true")

    elsewhere(claimed)
    tab.wait(f"{text}.includes('number 1')", 15)
    claim = elsewhere(claimed)
    assert claim.run_id == run.pk
    elsewhere(lambda: begin_running(claim, degraded=False))
    tab.wait(f"{text}.includes('running')", 15)

    assert "number" not in tab.page.evaluate(text)
    assert tab.page.evaluate("window.same")
    assert tab.complaints() == []


def test_run_is_cancelled_from_its_page(web: Web, open_tab: Callable[..., Tab]) -> None:
    run = elsewhere(two_waiting)
    tab = open_tab(f"{web.url}/")
    logged_in(tab, web, run.submission.team.people.get())
    tab.page.goto(web.url + reverse("evaluation:submission", args=[run.submission_id]))

    tab.page.locator("#cancel-run > summary").click()
    tab.page.get_by_role("button", name="Cancel the run").click()

    tab.page.wait_for_selector("text=The run is cancelled.")
    tab.page.locator("#run-again > summary").click()
    tab.page.get_by_role("button", name="Queue it again").click()
    tab.page.wait_for_selector("text=The submission is queued again.")
    assert "Number 2" in tab.page.locator("#status").inner_text()
    assert tab.complaints() == []


def test_organizer_pauses_on_a_phone_without_scrolling(
    web: Web, open_tab: Callable[..., Tab]
) -> None:
    track = elsewhere(two_waiting).submission.track
    person = elsewhere(lambda: RoleFactory(hackathon=track.hackathon).person)
    tab = open_tab(f"{web.url}/", width=390, height=844)
    logged_in(tab, web, person)
    tab.page.goto(web.url + reverse("admin:evaluation_run_queue"))
    pause = tab.page.get_by_role("button", name=f"Pause {track.name}")
    box = pause.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390

    pause.click()

    tab.page.get_by_role("button", name=f"Resume {track.name}").wait_for()
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 390
    assert tab.complaints() == []
