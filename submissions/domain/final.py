"""Declared final: the one submission of a team that decides its final rank."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from hackathons.models import Team
from hackathons.rules import is_member, may_submit
from submissions.errors import NotAMember, NotInTime
from submissions.models import Submission
from submissions.signals import final_declared


def declare_final(*, submission: Submission, person: User, at: datetime) -> None:
    """Make it the team's final submission to its track, in place of any other.

    Raises:
        NotAMember: the person is not in the team.
        NotInTime: submissions are not open.
    """
    if not is_member(person, submission.team):
        raise NotAMember("Only members of the team can declare its final submission.")
    if not may_submit(submission.track.hackathon, at, submission.team):
        raise NotInTime("A final submission can be declared only while submissions are open.")
    _swap(submission)
    submission.is_final = True


@transaction.atomic
def _swap(submission: Submission) -> None:
    """Under the team's lock, so that two declarations leave exactly one final submission."""
    Team.objects.select_for_update(no_key=True).get(pk=submission.team_id)
    ours = Submission.objects.filter(team=submission.team_id, track=submission.track_id)
    ours.filter(is_final=True).exclude(pk=submission.pk).update(is_final=False)
    if ours.filter(pk=submission.pk, is_final=False).update(is_final=True):
        transaction.on_commit(lambda: announce_final(submission))


def announce_final(submission: Submission) -> None:
    """Tell whoever listens; a listener that fails changes nothing of what was declared."""
    final_declared.send_robust(Submission, track_id=submission.track_id)
