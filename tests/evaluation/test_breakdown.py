"""A score by tag, and what the best of several attempts owes to luck: as each person sees them."""

from dataclasses import replace
from datetime import timedelta
from math import sqrt

import pytest
from django.utils import timezone

from accounts.models import User
from corral.suites.base import Split
from evaluation.domain.breakdown import BestOf, TagScore, best_of, tag_scores
from evaluation.domain.queries import SeenRun, run_for_person
from evaluation.models import Run
from hackathons.enums import RoleKind
from hackathons.models import Track
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
    sums,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HARD, BOTH = ("hard",), ("easy", "hard", "hard")


def tagged_run(**hackathon: bool) -> Run:
    """Public: easy and hard (weight 3, wrong), hard, untagged; and a private hard one."""
    tags = (BOTH, HARD, (), HARD)
    tasks = [
        replace(task, tags=tags[n], weight=3.0 if n == 0 else 1.0)
        for n, task in enumerate(sums(public=3, private=1))
    ]
    track = TrackFactory(
        hackathon=HackathonFactory(**hackathon), suite_version=SuiteVersionFactory(tasks=tasks)
    )
    run: Run = RunFactory(submission=SubmissionFactory(track=track), state="scored")
    for n, task in enumerate(track.suite_version.tasks.order_by("position")):
        TaskResultFactory(run=run, task=task, verdict="wrong" if n == 0 else "correct")
    return run


def member_of(run: Run) -> User:
    person: User = run.submission.team.people.get()
    return person


def judge_of(run: Run) -> User:
    return RoleFactory(hackathon=run.submission.team.hackathon, kind=RoleKind.JUDGE).person


def seen(person: User, run: Run) -> SeenRun:
    found = run_for_person(person=person, pk=run.pk, at=timezone.now())
    assert found is not None
    return found


def test_tag_scores_are_weighted_means_over_the_tasks_with_the_tag() -> None:
    run = tagged_run()

    found = tag_scores(seen(member_of(run), run))

    # Weights 3 and 1, scores 0 and 1: sqrt(2/1 · (9·(1/4)² + (3/4)²)) / 4
    assert found == [
        TagScore("easy", "public", 0.0, None, 1),
        TagScore("hard", "public", 0.25, pytest.approx(sqrt(2 * (9 / 16 + 9 / 16)) / 4), 2),
    ]


@pytest.mark.parametrize("published", [False, True])
def test_tag_scores_of_private_tasks_are_for_judges_alone(published: bool) -> None:
    run = tagged_run(published=published)

    own, judges = (tag_scores(seen(person(run), run)) for person in (member_of, judge_of))

    assert {one.split for one in own or []} == {Split.PUBLIC.value}
    assert [(one.tag, one.split) for one in judges or []] == [
        ("easy", "public"),
        ("hard", "public"),
        ("hard", "private"),
    ]


def test_tag_scores_are_hidden_by_the_freeze_from_the_team() -> None:
    run = tagged_run(frozen=True)

    assert tag_scores(seen(member_of(run), run)) is None
    assert tag_scores(seen(judge_of(run), run)) is not None


def test_tag_scores_wait_for_the_end() -> None:
    run = RunFactory(state="running", public_done=1)
    TaskResultFactory(run=run)

    assert tag_scores(seen(member_of(run), run)) is None


def attempts(*scores: float, frozen: bool = False) -> list[Run]:
    """A team's scored runs, an hour apart; the last ended just now."""
    track: Track = TrackFactory(hackathon=HackathonFactory(frozen=frozen))
    team = TeamFactory(hackathon=track.hackathon)
    now = timezone.now()
    ends = [now - 2 * HOUR * ago for ago in reversed(range(len(scores)))]
    return [
        RunFactory(
            submission=SubmissionFactory(team=team, track=track, submitted_at=end - HOUR / 2),
            state="scored",
            public_score=score,
            ended_at=end,
        )
        for score, end in zip(scores, ends, strict=True)
    ]


def best_of_as(person: User, run: Run) -> BestOf | None:
    return best_of(seen(person, run), timezone.now())


def test_best_of_is_said_of_the_best_only() -> None:
    runs = attempts(0.4, 0.7, 0.5)

    found = [best_of_as(member_of(run), run) for run in runs]

    assert found == [None, BestOf(3, pytest.approx(0.0846, abs=1e-4)), None]


def test_best_of_counts_no_other_team_and_no_other_track() -> None:
    (run,) = attempts(0.4)
    track, team = run.submission.track, run.submission.team
    RunFactory(submission=SubmissionFactory(track=track), state="scored", public_score=0.9)
    other = TrackFactory(hackathon=track.hackathon)
    RunFactory(submission=SubmissionFactory(team=team, track=other), state="scored")
    RunFactory(submission=SubmissionFactory(team=team, track=track), state="failed")

    assert best_of_as(member_of(run), run) == BestOf(1, 0.0)


def test_best_of_while_frozen_counts_what_the_team_saw_before() -> None:
    before, since = attempts(0.4, 0.7, frozen=True)

    assert best_of_as(member_of(before), before) == BestOf(1, 0.0)
    assert best_of_as(member_of(since), since) is None
    assert best_of_as(judge_of(before), before) is None
    told = best_of_as(judge_of(since), since)
    assert told is not None
    assert told.attempts == 2


def test_best_of_without_a_standard_error_has_no_figure() -> None:
    (run,) = attempts(0.4)
    Run.objects.filter(pk=run.pk).update(public_stderr=None)

    assert best_of_as(UserFactory(is_superuser=True), run) == BestOf(1, None)
