"""What a person gets to see of runs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from corral.verdicts import Verdict
from evaluation.domain import topic
from evaluation.domain.queries import (
    Part,
    private_part,
    results_for_page,
    run_for_person,
    submission_for_person,
    submissions_for_person,
    tags_of,
    verdict_counts,
    visible_runs_for_person,
    with_runs,
)
from evaluation.models import Run, RunEvent
from evaluation.rules import Sight
from hackathons.enums import RoleKind
from tests.factories import (
    HackathonFactory,
    RoleFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TaskResultFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def scored(**hackathon: bool) -> Run:
    track = TrackFactory(hackathon=HackathonFactory(**hackathon))
    return RunFactory(submission=SubmissionFactory(track=track), state="scored", results=True)


def test_visible_runs_are_the_teams_and_the_judges() -> None:
    run, other = scored(hacking=True), scored(hacking=True)
    hackathon = run.submission.team.hackathon
    member = run.submission.team.people.get()
    judge = RoleFactory(hackathon=hackathon, kind=RoleKind.JUDGE).person
    # Two roles show a run once.
    RoleFactory(hackathon=hackathon, kind=RoleKind.ORGANIZER, person=judge)
    root = UserFactory(is_superuser=True)

    seen = [list(visible_runs_for_person(one)) for one in (member, judge)]

    assert seen == [[run], [run]]
    assert set(visible_runs_for_person(root)) == {run, other}
    assert not visible_runs_for_person(UserFactory()).exists()
    assert not visible_runs_for_person(AnonymousUser()).exists()


def test_run_for_person_is_none_for_others() -> None:
    run, now = scored(hacking=True), timezone.now()
    assert run_for_person(person=UserFactory(), pk=run.pk, at=now) is None
    assert run_for_person(person=AnonymousUser(), pk=run.pk, at=now) is None


def test_run_that_ended_before_the_freeze_keeps_its_score() -> None:
    run = scored(frozen=True)
    freeze = run.submission.team.hackathon.scoreboard_freezes_at
    Run.objects.filter(pk=run.pk).update(ended_at=freeze - timedelta(seconds=1))
    member = run.submission.team.people.get()

    seen = run_for_person(person=member, pk=run.pk, at=timezone.now())

    assert seen is not None
    assert (seen.sight, seen.score) == (Sight.OWN, 0.5)


def test_run_that_ended_after_the_freeze_hides_all_that_tells_its_score() -> None:
    run = scored(frozen=True)
    member = run.submission.team.people.get()

    seen = run_for_person(person=member, pk=run.pk, at=timezone.now())

    assert seen is not None
    assert (seen.frozen, seen.score, seen.stderr, seen.tokens) == (True, None, None, None)
    assert (verdict_counts(seen), list(results_for_page(seen)), tags_of(seen)) == ([], [], [])


def test_submission_without_a_run_is_seen_by_its_team_only() -> None:
    submission, now = SubmissionFactory(), timezone.now()
    member = submission.team.people.get()

    seen = submission_for_person(person=member, pk=submission.pk, at=now)

    assert seen is not None
    assert (seen.sight, seen.seen) == (Sight.OWN, None)
    assert submission_for_person(person=UserFactory(), pk=submission.pk, at=now) is None


def test_submission_shows_the_run_that_counts() -> None:
    submission = SubmissionFactory()
    counts = RunFactory(submission=submission, queued_at=timezone.now() - timedelta(hours=1))
    RunFactory(submission=submission, suite_version=SuiteVersionFactory(), counts=False)

    member = submission.team.people.get()
    seen = submission_for_person(person=member, pk=submission.pk, at=timezone.now())

    assert seen is not None
    assert seen.seen is not None
    assert seen.seen.run == counts


@pytest.mark.parametrize("count", [1, 3])
def test_submissions_of_a_team_take_6_queries(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    track = TrackFactory()
    team = TeamFactory(hackathon=track.hackathon)
    for _ in range(count):
        RunFactory(submission=SubmissionFactory(track=track, team=team), state="scored")
    member = team.people.get()

    with django_assert_num_queries(6):
        listed = submissions_for_person(person=member, track=track)
        seen = with_runs(listed, person=member, hackathon=track.hackathon, at=timezone.now())

    assert [one.submission.number for one in seen] == list(range(count, 0, -1))
    assert {one.seen and one.seen.score for one in seen} == {0.5}


@pytest.mark.parametrize("count", [1, 3])
def test_results_take_one_query(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    version = SuiteVersionFactory(public=count, private=0)
    submission = SubmissionFactory(track=TrackFactory(suite_version=version))
    run = RunFactory(submission=submission, state="scored", results=True)
    member = submission.team.people.get()
    seen = run_for_person(person=member, pk=run.pk, at=timezone.now())
    assert seen is not None

    with django_assert_num_queries(1):
        keys = [result.task.key for result in results_for_page(seen)]

    assert len(keys) == count


def test_results_come_failing_first_and_by_verdict() -> None:
    run = RunFactory(state="running", public_done=2)
    TaskResultFactory(run=run)
    TaskResultFactory(run=run, verdict=Verdict.WRONG.value)
    member = run.submission.team.people.get()
    seen = run_for_person(person=member, pk=run.pk, at=timezone.now())
    assert seen is not None

    order = [result.verdict for result in results_for_page(seen)]
    wrong = [result.verdict for result in results_for_page(seen, verdict="wrong")]

    assert (order, wrong) == (["wrong", "correct"], ["wrong"])
    assert [(one.verdict, one.count) for one in verdict_counts(seen)] == [
        ("correct", 1),
        ("wrong", 1),
    ]


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"state": "queued"}, Part.WAITING),
        ({"state": "running", "public_done": 1}, Part.WAITING),
        ({"state": "running", "public_done": 2}, Part.RUNNING),
        ({"state": "running", "public_done": 2, "private_done": 1}, Part.DONE),
        ({"state": "scored"}, Part.DONE),
        ({"state": "failed"}, Part.DONE),
        ({"state": "running", "private_total": 0}, Part.NONE),
    ],
)
def test_private_part_tells_no_number(fields: dict[str, object], part: Part) -> None:
    assert private_part(RunFactory(**fields)) == part


def test_topic_is_for_who_may_see_the_run() -> None:
    run = scored(frozen=True)
    hackathon = run.submission.team.hackathon
    allowed = [
        run.submission.team.people.get(),
        RoleFactory(hackathon=hackathon, kind=RoleKind.JUDGE).person,
    ]

    assert [topic.authorise(one, str(run.pk)) for one in allowed] == [str(run.pk)] * 2
    assert topic.authorise(UserFactory(), str(run.pk)) is None
    assert topic.authorise(AnonymousUser(), str(run.pk)) is None


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_topic_of_no_run_is_none(key: str) -> None:
    assert topic.authorise(UserFactory(is_superuser=True), key) is None


def test_topic_says_counts_and_states_only() -> None:
    run = scored(frozen=True)
    RunEvent.objects.create(run=run, at=timezone.now(), attempt=1, state="scored")

    assert topic.snapshot(str(run.pk)) == {
        "type": "run",
        "version": 3,
        "run": str(run.pk),
        "state": "scored",
        "done": 2,
        "total": 2,
        "private": "done",
        "ended": True,
    }
    assert topic.since(str(run.pk), 1) is None


def test_topic_of_a_private_task_done_says_nothing_new() -> None:
    version = SuiteVersionFactory(public=1, private=2)
    submission = SubmissionFactory(track=TrackFactory(suite_version=version))
    run = RunFactory(submission=submission, state="running", public_done=1)
    before = topic.run_payload(run)

    run.private_done = 1

    assert topic.run_payload(run) == before
