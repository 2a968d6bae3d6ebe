"""What early stops saved: told in full to whom may read the results, and summed for organizers."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from evaluation.domain.queries import run_for_person
from evaluation.domain.retries import Outcome
from evaluation.domain.savings import Savings, savings_by_track, stopped_early
from evaluation.enums import RunState
from evaluation.models import Run
from evaluation.templatetags.run_pages import rounded
from hackathons.models import Hackathon, Track
from tests.evaluation.test_pages import judge_of, member_of, page_of, seen_by
from tests.factories import (
    AttemptFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TrackFactory,
)

pytestmark = pytest.mark.django_db


def stopped(track: Track | None = None, outcome: Outcome = Outcome.STOPPED, **more: Any) -> Run:
    """A run that ended cancelled after 8 of 12 public tasks, with 2 private ones to come."""
    if track is None:
        track = TrackFactory(suite_version=SuiteVersionFactory(public=12, private=2))
    figures = {
        "reason": "Stopped.",
        "public_done": 8,
        "prompt_tokens": 7000,
        "completion_tokens": 1001,
        **more,
    }
    submission = SubmissionFactory(track=track)
    run: Run = RunFactory(submission=submission, state=RunState.CANCELLED, **figures)
    AttemptFactory(run=run, outcome=outcome)
    return run


def told_to(person: User, run: Run) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(f"/api/v1/runs/{run.pk}/").json()["stopped_early"]


def test_api_tells_team_and_judges_what_was_asked_and_saved() -> None:
    run = stopped()
    told = {"asked": 8, "planned": 12, "saved_tasks": 4, "saved_tokens": 4000}

    assert told_to(member_of(run), run) == told
    assert told_to(judge_of(run), run) == told


def test_page_tells_it_too_and_rounds_the_estimate() -> None:
    run = stopped(prompt_tokens=1234, completion_tokens=0)

    page = " ".join(seen_by(member_of(run), page_of(run, "status")).split())

    assert "It had used 1,234 tokens: the 4 public tasks left would have taken" in page
    assert ">about 620 more</span>" in page
    assert "Private tasks" not in page  # they were not asked


@pytest.mark.parametrize(
    "run",
    [
        lambda: stopped(outcome=Outcome.CANCELLED),
        lambda: RunFactory(state=RunState.SCORED),
        lambda: RunFactory(state=RunState.RUNNING),
    ],
)
def test_run_that_ended_otherwise_was_not_stopped_early(run: Any) -> None:
    made = run()

    assert told_to(member_of(made), made) is None
    assert "data-stopped" not in seen_by(member_of(made), page_of(made))


def test_what_a_freeze_hides_is_not_told() -> None:
    run = stopped()
    hackathon = run.submission.track.hackathon
    hackathon.scoreboard_freezes_at = timezone.now().replace(year=timezone.now().year - 1)
    hackathon.hacking_starts_at = hackathon.registration_opens_at = hackathon.scoreboard_freezes_at
    hackathon.save()

    assert told_to(member_of(run), run) is None
    assert told_to(judge_of(run), run)["saved_tasks"] == 4


@settings(deadline=None, max_examples=30)  # each writes to the database
@given(asked=st.integers(1, 11), each=st.integers(0, 100_000))
def test_estimate_is_exact_where_every_task_takes_as_many_tokens(asked: int, each: int) -> None:
    run = stopped(public_done=asked, prompt_tokens=each * asked, completion_tokens=0)
    seen = run_for_person(person=member_of(run), pk=run.pk, at=timezone.now())
    assert seen is not None

    found = stopped_early(seen)

    assert found is not None
    assert (found.asked, found.planned) == (asked, 12)
    assert found.saved_tokens == each * found.saved_tasks == each * (12 - asked)


def test_sum_counts_private_tasks_and_only_stops_that_still_stand() -> None:
    track = stopped().submission.track
    stopped(track, prompt_tokens=0, completion_tokens=799, public_done=4)
    stopped(track, outcome=Outcome.CANCELLED)
    stopped(track, counts=False, counts_until=timezone.now())
    foreign = stopped()

    own = Hackathon.objects.filter(pk=track.hackathon_id)
    found = savings_by_track(own)

    assert found == {track.pk: Savings(runs=2, tasks=6 + 10, tokens=6000 + 1997)}
    assert isinstance(found[track.pk].tokens, int)
    assert foreign.submission.track_id in savings_by_track(Hackathon.objects.all())


def test_queue_page_says_it_below_the_track_in_one_query(client: Client) -> None:
    track = stopped().submission.track
    client.force_login(RoleFactory(hackathon=track.hackathon).person)

    shown, before = queue(client)
    for _ in range(2):
        stopped(track)
    more, after = queue(client)

    assert "Stopped early: 1 run, 6 tasks and about 6,000 tokens saved" in shown
    assert "Stopped early: 3 runs, 18 tasks and about 18,000 tokens saved" in more
    assert before == after


def queue(client: Client) -> tuple[str, int]:
    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("admin:evaluation_run_queue"))
    return page.text, len(captured)


@pytest.mark.parametrize(
    ("estimate", "shown"), [(0, 0), (7, 7), (94, 94), (617, 620), (409_611, 410_000)]
)
def test_estimate_is_shown_to_two_digits(estimate: int, shown: int) -> None:
    assert rounded(estimate) == shown
