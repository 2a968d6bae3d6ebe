"""Organizers cancel runs and run them again in the admin: one, and a selection."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.models import Hackathon
from tests.factories import RoleFactory, RunFactory, SubmissionFactory

pytestmark = pytest.mark.django_db
CONFIRMED = {"_form_submitted": "True"}
LIST = "admin:evaluation_run_changelist"


@pytest.fixture
def theirs(client: Client) -> Hackathon:
    """The hackathon of the organizer who is logged in."""
    role = RoleFactory()
    client.force_login(role.person)
    hackathon: Hackathon = role.hackathon
    return hackathon


def run_of(hackathon: Hackathon, state: str = "queued") -> Run:
    run: Run = RunFactory(submission=SubmissionFactory(track__hackathon=hackathon), state=state)
    return run


def address(action: str, run: Run) -> str:
    return reverse(f"admin:evaluation_run_{action}", args=[run.pk])


def selected(action: str, *runs: Run, **more: str) -> dict[str, Any]:
    return {"action": action, "_selected_action": [str(run.pk) for run in runs], **more}


def states(hackathon: Hackathon) -> list[str]:
    runs = Run.objects.filter(line__hackathon=hackathon, counts=True)
    return sorted(runs.values_list("state", flat=True))


def test_organizer_cancels_a_run_and_runs_it_again(client: Client, theirs: Hackathon) -> None:
    run = run_of(theirs)

    client.post(address("cancel_now", run), CONFIRMED)
    assert states(theirs) == [RunState.CANCELLED]
    page = client.post(address("cancel_now", run), CONFIRMED, follow=True).text
    assert "This run has ended already." in page
    client.post(address("run_again_now", run), CONFIRMED, headers={"HX-Request": "true"})

    assert states(theirs) == [RunState.QUEUED]


@pytest.mark.parametrize("action", ["cancel_now", "run_again_now"])
def test_action_by_get_or_on_a_foreign_run_changes_nothing(
    client: Client, theirs: Hackathon, action: str
) -> None:
    state = "queued" if action == "cancel_now" else "cancelled"
    run, foreign = run_of(theirs, state), RunFactory(state=state)

    assert client.get(address(action, run)).status_code == 200
    assert client.post(address(action, foreign), CONFIRMED).status_code == 404

    assert set(Run.objects.values_list("state", flat=True)) == {state}


def test_selection_is_asked_about_then_cancelled(client: Client, theirs: Hackathon) -> None:
    runs = [run_of(theirs), run_of(theirs, "running"), run_of(theirs, "scored")]
    foreign = RunFactory()

    asked = client.post(reverse(LIST), selected("cancel_selected", *runs, foreign))
    assert "Yes, all 3" in asked.text
    assert states(theirs) == ["queued", "running", "scored"]
    sent = selected("cancel_selected", *runs, foreign, confirmed="yes")
    page = client.post(reverse(LIST), sent, follow=True).text

    assert "2 cancelled; 1 stayed as they are." in page
    assert states(theirs) == ["cancelled", "cancelled", "scored"]
    foreign.refresh_from_db()
    assert foreign.state == RunState.QUEUED


def test_selection_is_run_again(client: Client, theirs: Hackathon) -> None:
    runs = [run_of(theirs, "errored"), run_of(theirs, "cancelled")]

    sent = selected("run_again_selected", *runs, confirmed="yes")
    page = client.post(reverse(LIST), sent, follow=True).text

    assert "2 queued again." in page
    assert states(theirs) == ["queued", "queued"]
