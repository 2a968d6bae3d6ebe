"""Who judged a run: on its page and in the API, as far as the tasks may be read."""

from dataclasses import asdict

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from corral.scorers.base import JudgedBy
from evaluation.models import Run
from hackathons.enums import RoleKind
from tests.factories import (
    HackathonFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    TaskResultFactory,
    TrackFactory,
)

pytestmark = pytest.mark.django_db
OLD = JudgedBy("judge-1b", "ab" * 32, "cd" * 32)
NEW = JudgedBy("judge-2b", "", "ef" * 32)


def judged(*judges: JudgedBy | None, frozen: bool = False) -> Run:
    """A scored run whose tasks, two public and a private one, these judged, in that order."""
    track = TrackFactory(hackathon=HackathonFactory(frozen=frozen, hacking=not frozen))
    run: Run = RunFactory(submission=SubmissionFactory(track=track), state="scored")
    for task, by in zip(run.suite_version.tasks.order_by("position"), judges, strict=True):
        TaskResultFactory(run=run, task=task, judge=by and by.as_json())
    return run


def page_of(run: Run, person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.get(f"/submissions/{run.submission_id}/").text


def answer_of(run: Run, person: User, part: str = "") -> dict[str, object]:
    client = APIClient()
    client.force_authenticate(person)
    found: dict[str, object] = client.get(f"/api/v1/runs/{run.pk}/{part}").json()
    return found


def member_of(run: Run) -> User:
    person: User = run.submission.team.people.get()
    return person


def test_page_and_api_name_the_model_the_weights_and_the_prompt() -> None:
    run = judged(OLD, OLD, None)

    page, answer = page_of(run, member_of(run)), answer_of(run, member_of(run))

    assert "Judged by" in page
    assert {text in page for text in asdict(OLD).values()} == {True}
    assert answer["judges"] == [{**asdict(OLD), "tasks": 2}]
    results = answer_of(run, member_of(run), "results/")["results"]
    assert isinstance(results, list)
    assert [one["judge"] for one in results] == [asdict(OLD)] * 2


def test_several_judges_are_told_with_the_number_of_tasks() -> None:
    run = judged(OLD, NEW, None)

    page = page_of(run, member_of(run))

    assert "judge-1b: 1 task<" in page
    assert "judge-2b: 1 task<" in page
    assert "not in the catalogue" in page


def test_judge_of_private_tasks_is_for_judges() -> None:
    run = judged(None, None, OLD)
    judge = RoleFactory(hackathon=run.submission.team.hackathon, kind=RoleKind.JUDGE).person

    assert answer_of(run, judge)["judges"] == [{**asdict(OLD), "tasks": 1}]
    assert answer_of(run, member_of(run))["judges"] == []
    assert "Judged by" not in page_of(run, member_of(run))


def test_freeze_hides_who_judged() -> None:
    run = judged(OLD, OLD, OLD, frozen=True)

    assert answer_of(run, member_of(run))["judges"] == []


def test_run_that_no_model_judged_says_nothing_of_judges() -> None:
    run = judged(None, None, None)

    assert answer_of(run, member_of(run))["judges"] == []
    assert "Judged by" not in page_of(run, member_of(run))
