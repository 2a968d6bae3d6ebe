"""Who reads which calls of a run: pages, the file and the API; allowed, frozen, invisible."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from corral.suites.base import Split
from evaluation.models import LedgerPack, Run
from hackathons.enums import RoleKind
from tests.evaluation.ledgers import HOST_PATH, ledger_of
from tests.factories import (
    HackathonFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PAGES = ["calls", "calls-part", "calls-file"]


def run_with_calls(*tasks: str | None, **hackathon: bool) -> Run:
    track = TrackFactory(hackathon=HackathonFactory(**hackathon))
    run = RunFactory(submission=SubmissionFactory(track=track), state="scored", results=True)
    ledger_of(run, *(tasks or ("public-1", None, "public-2")))
    ledger_of(run, "private-1", split=Split.PRIVATE)
    return run


def member_of(run: Run) -> User:
    return run.submission.team.people.get()


def judge_of(run: Run) -> User:
    return RoleFactory(hackathon=run.submission.team.hackathon, kind=RoleKind.JUDGE).person


def read(person: User | None, run: Run, part: str = "calls", **query: str) -> Any:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client.get(reverse(f"evaluation:{part}", args=[run.submission_id]), query)


def text_of(person: User, run: Run, part: str = "calls", **query: str) -> str:
    response = read(person, run, part, **query)
    assert response.status_code == 200
    return response.content.decode()


def told(person: User | None, run: Run, **query: str) -> Any:
    api = APIClient()
    if person is not None:
        api.force_authenticate(person)
    return api.get(f"/api/v1/runs/{run.pk}/calls/", query)


@pytest.mark.parametrize("page", PAGES)
def test_calls_do_not_exist_for_others(page: str) -> None:
    run = run_with_calls(hacking=True)
    for stranger in (None, UserFactory(), judge_of(run_with_calls(hacking=True))):
        assert read(stranger, run, page).status_code == 404
        assert told(stranger, run).status_code == 404


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", ["hacking", "published"])
def test_team_reads_the_public_calls_alone(page: str, state: str) -> None:
    run = run_with_calls(**{state: True})

    text = text_of(member_of(run), run, page)

    assert text.count("re: public question") == 3
    assert "private" not in text
    assert HOST_PATH not in text


@pytest.mark.parametrize("page", PAGES)
def test_judge_reads_all_calls(page: str) -> None:
    run = run_with_calls(frozen=True)
    text = text_of(judge_of(run), run, page)
    assert text.count("re: public question") == 3
    assert "re: private question 1" in text


@pytest.mark.parametrize("page", PAGES)
def test_freeze_hides_the_calls(page: str) -> None:
    run = run_with_calls(frozen=True)

    text = text_of(member_of(run), run, page)

    assert "question" not in text
    assert "1,234" not in text
    if page != "calls-file":
        assert "The freeze hides the calls" in text
    answer = told(member_of(run), run)
    assert (answer.status_code, answer.json()["code"]) == (403, "frozen")


def test_call_is_shown_with_its_figures() -> None:
    run = run_with_calls(hacking=True)

    text = text_of(member_of(run), run, task="public-1")

    assert "Calls to the model for public-1" in text
    assert text.count('<details class="result call">') == 1
    for figure in ("1,234 + 5 tokens", "87 ms", "Answered", "user: public question 1"):
        assert figure in text


@pytest.mark.parametrize("task", ["private-1", "nothing", "a\0b"])
def test_task_without_calls_that_one_may_read_has_none(task: str) -> None:
    run = run_with_calls(hacking=True)
    assert "No call to the model is recorded" in text_of(member_of(run), run, task=task)
    assert told(member_of(run), run, task=task).json()["results"] == []


def test_run_page_leads_to_the_calls_of_those_tasks_that_made_some() -> None:
    run = run_with_calls("public-1", None, hacking=True)

    page = text_of(member_of(run), run, "submission")

    part = reverse("evaluation:calls-part", args=[run.submission_id])
    assert f'data-calls="{part}?task=public-1"' in page
    assert "task=public-2" not in page
    assert "Every call to the model" in page


def test_run_page_without_calls_says_nothing_of_them() -> None:
    run = RunFactory(state="scored", results=True)
    assert "Every call to the model" not in text_of(member_of(run), run, "submission")


@pytest.mark.parametrize(("page", "first", "last"), [("1", 1, 20), ("2", 21, 40), ("3", 41, 45)])
def test_page_shows_20_calls_and_the_file_has_all(page: str, first: int, last: int) -> None:
    run = run_with_calls(*["public-1"] * 45, hacking=True)
    member = member_of(run)
    for query in ({"page": page}, {"page": page, "task": "public-1"}):
        text = text_of(member, run, **query)
        asked = [number for number in range(1, 46) if f"user: public question {number}\n" in text]
        assert asked == list(range(first, last + 1))
        assert f"{first} to {last} of 45 calls" in text

    lines = [json.loads(line) for line in text_of(member, run, "calls-file").splitlines()]
    assert [line["number"] for line in lines] == list(range(1, 46))
    assert lines[0]["request"][0]["model"] == run.policy["model"]


def test_call_whose_bodies_are_not_kept_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.domain.ledger.BODY_BYTES", 0)
    run = run_with_calls(hacking=True)

    text = text_of(member_of(run), run)
    [first, *_] = told(member_of(run), run).json()["results"]

    assert text.count("only the digests of this one are kept") == 3
    assert (first["request"], first["response"]) == (None, None)
    assert len(first["request_digest"]) == 64


def test_damaged_ledger_is_a_notice_on_the_page() -> None:
    run = RunFactory(state="scored")
    LedgerPack.objects.create(
        run=run, attempt=1, split="public", position=0, calls=1, packed=b"x", head="", previous=""
    )
    assert "The stored calls of this run can't be read." in text_of(member_of(run), run)


def test_api_pages_and_filters() -> None:
    run = run_with_calls("public-1", "public-2", "public-1", hacking=True)
    member = member_of(run)

    body = told(member, run, limit="1", offset="1").json()
    own = told(member, run, task="public-1").json()

    assert (body["count"], [one["number"] for one in body["results"]]) == (3, [2])
    assert body["results"][0]["task"] == "public-2"
    assert [one["number"] for one in own["results"]] == [1, 3]
    assert own["results"][0]["response"].startswith("{")


@pytest.mark.parametrize("page", ["calls", "submission"])
def test_page_asks_as_often_for_three_packs_as_for_one(page: str) -> None:
    counts = []
    for tasks in (1, 6):
        run = run_with_calls(*["public-1"] * tasks, hacking=True)
        member = member_of(run)
        client = Client()
        client.force_login(member)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(reverse(f"evaluation:{page}", args=[run.submission_id]))
        counts.append(len(captured))

    assert counts[0] == counts[1]
