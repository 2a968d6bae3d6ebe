"""What was submitted in time is evaluated, however late that is."""

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from evaluation.domain.claim import claim_run
from evaluation.domain.execute import execute
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run
from evaluation.rules import may_run_again
from hackathons.enums import HackathonState
from hackathons.models import Hackathon
from submissions.domain.accept import Accepted, accept_submission
from submissions.errors import NotInTime
from submissions.models import Submission
from tests.evaluation.projects import MANIFEST, packed, submitted_program
from tests.evaluation.test_execute import ECHO
from tests.factories import ExtensionFactory, RunFactory, SubmissionFactory, TeamFactory

HOUR, MOMENT = timedelta(hours=1), timedelta(milliseconds=1)


@pytest.fixture
def earlier() -> Submission:
    """One of the team's, in a hackathon that has closed a minute ago."""
    submission = submitted_program(ECHO, tasks=2)
    hackathon = submission.track.hackathon
    hackathon.submissions_close_at = timezone.now() - timedelta(minutes=1)
    hackathon.scoreboard_freezes_at = None
    hackathon.save()
    return submission


def hand_in(like: Submission, at: datetime) -> Accepted:
    """Another project of the same team, whose last byte arrived at that moment."""
    data = packed({"corral.toml": MANIFEST, "main.py": f"{ECHO}# {at}"})
    return accept_submission(
        team=like.team,
        track=like.track,
        person=like.team.people.get(),
        upload=SimpleUploadedFile("project.tar.gz", data),
        file_name="project.tar.gz",
        received_at=at,
    )


def evaluated(submission: Submission) -> Run:
    """Claim what waits and run it, as a worker does; the run of the submission."""
    claim = claim_run(worker="w1:1")
    assert claim is not None
    execute(claim, sandbox=this_sandbox(), degraded=False)
    run = Run.objects.get(submission=submission)
    assert run.pk == claim.run_id
    return run


@pytest.mark.django_db(transaction=True)
def test_in_time_by_a_millisecond_is_queued_claimed_and_scored_after_the_close(
    earlier: Submission,
) -> None:
    hackathon = earlier.track.hackathon

    accepted = hand_in(earlier, hackathon.submissions_close_at - MOMENT)
    run = evaluated(accepted.submission)

    assert hackathon.state(timezone.now()) == HackathonState.CLOSED
    assert (run.state, run.public_score) == (RunState.SCORED, 1.0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("late", [timedelta(0), MOMENT])
def test_at_the_close_and_after_it_nothing_is_queued(earlier: Submission, late: timedelta) -> None:
    with pytest.raises(NotInTime):
        hand_in(earlier, earlier.track.hackathon.submissions_close_at + late)
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_within_an_extension_it_is_scored_although_that_was_revoked_since(
    earlier: Submission,
) -> None:
    close = earlier.track.hackathon.submissions_close_at
    ExtensionFactory(team=earlier.team, granted_at=close, revoked_at=close + 3 * MOMENT)

    accepted = hand_in(earlier, close + 2 * MOMENT)

    assert evaluated(accepted.submission).state == RunState.SCORED


@pytest.mark.django_db(transaction=True)
def test_results_that_come_first_do_not_stop_it(earlier: Submission) -> None:
    hackathon = earlier.track.hackathon
    accepted = hand_in(earlier, hackathon.submissions_close_at - MOMENT)
    Hackathon.objects.filter(pk=hackathon.pk).update(results_published_at=timezone.now())

    assert evaluated(accepted.submission).state == RunState.SCORED


@pytest.mark.django_db
def test_line_goes_by_the_deadline_of_each_team() -> None:
    now = timezone.now()
    extension = ExtensionFactory(until=now + 2 * HOUR)
    extended, hackathon = extension.team, extension.hackathon
    first = RunFactory(submission=SubmissionFactory(team=extended), queued_at=now - HOUR)
    track, other = first.submission.track, TeamFactory(hackathon=hackathon)
    second = RunFactory(submission=SubmissionFactory(team=other, track=track), queued_at=now)

    assert next_run() == second

    ExtensionFactory(team=None, hackathon=hackathon, until=now + 3 * HOUR)
    assert next_run() == first, "a grace for all makes them equal, and age decides"

    hackathon.extensions.filter(team=None).update(revoked_at=now)
    assert next_run() == second

    extended.save()
    hackathon.save()
    assert next_run() == second, "a stale save changes no deadline"

    hackathon.extensions.filter(team=extended).delete()
    assert next_run() == first


def next_run() -> Run:
    with transaction.atomic():
        claim = claim_run(worker="runs@test:1")
        transaction.set_rollback(True)
    assert claim is not None
    return Run.objects.get(pk=claim.run_id)


@pytest.mark.django_db
def test_team_with_an_extension_may_run_again_what_it_cancelled() -> None:
    extension = ExtensionFactory()
    now = timezone.now()
    run = RunFactory(submission=SubmissionFactory(team=extension.team), state="cancelled")
    other = RunFactory(submission=SubmissionFactory(track=run.submission.track), state="cancelled")

    allowed = [may_run_again(one.submission.team.people.get(), one, now) for one in (run, other)]

    assert allowed == [True, False]
    assert not may_run_again(run.submission.team.people.get(), run, extension.until)
