"""What can go wrong in a hackathon; all of it is a person's to put right."""

from typing import ClassVar


class HackathonError(Exception):
    """Base of every error of this app."""


class UserCaused(HackathonError):
    """The message is one sentence that the person can act on; `code` names it for programs."""

    code: ClassVar[str] = "refused"


class TeamsClosed(UserCaused):
    """Teams form while registration is open and while people hack, not before and not after."""

    code = "teams_closed"


class NameRefused(UserCaused):
    """The team's name is empty, too long or taken."""

    code = "name_refused"


class AlreadyInTeam(UserCaused):
    """The person is in a team of this hackathon."""

    code = "already_in_team"


class TeamFull(UserCaused):
    """The team has as many members, or open invitations, as it may."""

    code = "team_full"


class NotAMember(UserCaused):
    """The person is not in the team."""

    code = "not_a_member"


class InvitationGone(UserCaused):
    """The invitation was withdrawn, used up, or is too old."""

    code = "invitation_gone"


class TeamNeedsYou(UserCaused):
    """The last member of a team that has handed in can't leave it."""

    code = "team_needs_you"


class NotAnOrganizer(UserCaused):
    """Only who runs the hackathon may decide this."""

    code = "not_an_organizer"


class ReasonMissing(UserCaused):
    """What is decided for others has to say why, in a sentence that isn't too long."""

    code = "reason_missing"


class TeamsStillSubmit(UserCaused):
    """Some team has time left to hand in; to go on all the same has to be confirmed."""

    code = "teams_still_submit"


class NotTheirSuite(UserCaused):
    """Only the suite's owner may decide this."""

    code = "not_their_suite"


class OutOfTime(UserCaused):
    """What an organizer asks for doesn't fit where the hackathon is in its timeline."""

    code = "out_of_time"
