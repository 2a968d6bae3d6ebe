"""How much of a run a person may see."""

from datetime import datetime
from enum import Enum

from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.enums import HackathonState
from hackathons.models import Hackathon, Track
from hackathons.rules import Person, is_member, is_organizer, may_submit, sees_everything


class Sight(Enum):
    """From nothing (the run does not exist for them) to everything.

    FROZEN: a team's own run that ended after the freeze: its state, its progress and its log, but
    neither score nor verdicts. LADDER: its own run in a track whose scoreboard is a Ladder: its
    calls too, and the score that the Ladder released, but no verdict. OWN: all of the public tasks.
    EVERYTHING: the private tasks too.
    """

    NOTHING = 0
    FROZEN = 1
    LADDER = 2
    OWN = 3
    EVERYTHING = 4


def sight_of(person: Person, run: Run, at: datetime) -> Sight:
    """What of the run the person may see at that moment."""
    team = run.submission.team
    if sees_everything(person, team.hackathon):
        return Sight.EVERYTHING
    if run.is_shadow or not is_member(person, team):
        return Sight.NOTHING
    return sight_of_member(run, at)


def sight_of_member(run: Run, at: datetime) -> Sight:
    """What of the run a member of its team may see at that moment."""
    if run.submission.team.hackathon.is_frozen(at) and not _ended_before_freeze(run):
        return Sight.FROZEN
    return Sight.LADDER if is_ladder(run.submission.track, at) else Sight.OWN


def is_ladder(track: Track, at: datetime) -> bool:
    """Whether teams and spectators see the scores that a Ladder releases, and no others."""
    return track.ladder and track.hackathon.state(at) != HackathonState.PUBLISHED


def sees_private_aggregate(sight: Sight, run: Run, at: datetime) -> bool:
    """The score on the private tasks is for judges until results are published."""
    if sight is Sight.EVERYTHING:
        return True
    published = run.submission.team.hackathon.state(at) == HackathonState.PUBLISHED
    return sight is Sight.OWN and published


def may_cancel(person: Person, run: Run) -> bool:
    """The run's own team, unless it is a re-evaluation's, and organizers."""
    team = run.submission.team
    return (not run.is_shadow and is_member(person, team)) or is_organizer(person, team.hackathon)


def may_run_again(person: Person, run: Run, at: datetime) -> bool:
    """Organizers, whatever ended without a score; a team, in time, what was cancelled unanswered.

    Else a team could read its first results, cancel, and roll the dice again.
    """
    team = run.submission.team
    if is_organizer(person, team.hackathon):
        return run.state in {RunState.CANCELLED, RunState.ERRORED, RunState.FAILED}
    return (
        run.state == RunState.CANCELLED
        and run.public_done + run.private_done == 0
        and is_member(person, team)
        and may_submit(team.hackathon, at, team)
    )


def may_steer(person: Person, hackathon: Hackathon) -> bool:
    """Organizers pause, drain and resume their hackathon and its tracks."""
    return is_organizer(person, hackathon)


def may_steer_workers(person: Person) -> bool:
    """Workers serve every hackathon, so only those who run the platform stop one."""
    return person.is_active and person.is_superuser


def _ended_before_freeze(run: Run) -> bool:
    """Where a re-evaluation was applied later, its run belongs to what the freeze hides."""
    freeze = run.submission.team.hackathon.scoreboard_freezes_at
    if freeze is None or run.ended_at is None:
        return False
    return max(run.ended_at, run.counts_since or run.ended_at) < freeze
