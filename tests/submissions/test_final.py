"""A team has at most one final submission to a track."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hackathons.models import Team, Track
from submissions.domain.final import declare_final
from submissions.errors import NotAMember, NotInTime
from submissions.models import Submission
from submissions.signals import final_declared
from tests.factories import (
    ExtensionFactory,
    SubmissionFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)
from tests.submissions.test_accept import race


def declare(submission: Submission) -> None:
    declare_final(submission=submission, person=submission.team.people.first(), at=timezone.now())


def three() -> list[Submission]:
    track = TrackFactory()
    team = TeamFactory(hackathon=track.hackathon)
    return SubmissionFactory.create_batch(3, track=track, team=team)


def finals() -> list[int]:
    return list(Submission.objects.filter(is_final=True).values_list("number", flat=True))


def heard_from(submission: Submission) -> list[object]:
    """What is told when it is declared final."""
    told: list[object] = []

    def hear(track_id: object, **_: object) -> None:
        told.append(track_id)

    final_declared.connect(hear)
    try:
        declare(submission)
    finally:
        final_declared.disconnect(hear)
    return told


@pytest.mark.django_db(transaction=True)
def test_declare_final_takes_the_place_of_the_one_before() -> None:
    first, second, _ = three()

    declare(first)
    told = heard_from(second)

    assert (finals(), told) == ([second.number], [second.track_id])


@pytest.mark.django_db(transaction=True)
def test_declare_final_again_tells_nothing() -> None:
    first = three()[0]
    declare(first)

    assert (heard_from(first), finals()) == ([], [first.number])


@pytest.mark.django_db(transaction=True)
def test_declare_final_of_three_at_once_leaves_one() -> None:
    submissions = three()

    outcomes = race(3, lambda n: declare(submissions[n]))

    assert (outcomes, len(finals())) == ([None, None, None], 1)


@pytest.mark.django_db
def test_declare_final_leaves_other_tracks_and_teams_alone() -> None:
    track: Track = TrackFactory()
    team: Team = TeamFactory(hackathon=track.hackathon)
    other_track = TrackFactory(hackathon=track.hackathon)
    others = [
        SubmissionFactory(track=other_track, team=team, is_final=True),
        SubmissionFactory(track=track, is_final=True),
    ]

    declare(SubmissionFactory(track=track, team=team))

    assert Submission.objects.filter(is_final=True).count() == 1 + len(others)


@pytest.mark.django_db
def test_declare_final_by_somebody_else_is_refused() -> None:
    submission = SubmissionFactory()
    with pytest.raises(NotAMember):
        declare_final(submission=submission, person=UserFactory(), at=timezone.now())


@pytest.mark.django_db
def test_declare_final_after_the_close_is_refused() -> None:
    submission = SubmissionFactory()
    late = submission.track.hackathon.submissions_close_at + timedelta(seconds=1)
    with pytest.raises(NotInTime):
        declare_final(submission=submission, person=submission.team.people.first(), at=late)


@pytest.mark.django_db
def test_declare_final_within_an_extension() -> None:
    extension = ExtensionFactory()
    submission = SubmissionFactory(team=extension.team)

    declare(submission)

    assert finals() == [submission.number]
    with pytest.raises(NotInTime):
        declare(SubmissionFactory(track=submission.track))
