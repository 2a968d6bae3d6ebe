"""Who may do what in a hackathon: pure predicates over a person and an object."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from hackathons.deadlines import Deadline, deadline_of, later_deadlines
from hackathons.enums import Audience, HackathonState, RoleKind
from hackathons.models import Hackathon, Team

Person = User | AnonymousUser


def has_role(person: Person, hackathon: Hackathon, *kinds: RoleKind) -> bool:
    """Whether the person has one of the roles; a superuser has every role."""
    if not person.is_authenticated or not person.is_active:
        return False
    if person.is_superuser:
        return True
    return hackathon.roles.filter(person=person, kind__in=kinds).exists()


def is_organizer(person: Person, hackathon: Hackathon) -> bool:
    """Whether the person runs the hackathon."""
    return has_role(person, hackathon, RoleKind.ORGANIZER)


def sees_everything(person: Person, hackathon: Hackathon) -> bool:
    """Whether neither the freeze nor the private split hides anything from the person."""
    return has_role(person, hackathon, RoleKind.ORGANIZER, RoleKind.JUDGE)


def audience_of(person: Person, hackathon: Hackathon) -> Audience:
    """Which of a track's two scoreboards the person is shown."""
    return Audience.JUDGES if sees_everything(person, hackathon) else Audience.SPECTATORS


def team_of(person: Person, hackathon: Hackathon) -> Team | None:
    """The person's team in the hackathon."""
    if not person.is_authenticated:
        return None
    return Team.objects.filter(hackathon=hackathon, memberships__person=person).first()


def is_member(person: Person, team: Team) -> bool:
    """Whether the person is in the team."""
    return person.is_authenticated and team.memberships.filter(person=person).exists()


def is_captain(person: Person, team: Team) -> bool:
    """Whether the person leads the team."""
    return (
        person.is_authenticated and team.memberships.filter(person=person, is_captain=True).exists()
    )


def may_form_teams(hackathon: Hackathon, at: datetime) -> bool:
    """Whether teams may still be founded and joined."""
    return hackathon.state(at) in {HackathonState.REGISTRATION, HackathonState.HACKING}


def deadline_for(hackathon: Hackathon, team: Team | None) -> Deadline:
    """When submissions of the team close; without a team, those of teams without more time."""
    return deadline_of(hackathon, team, hackathon.extensions.all())


def more_time_for(hackathon: Hackathon, team: Team | None) -> tuple[Deadline, ...]:
    """What of more time those of the team may know of: a grace for all, and their own."""
    return later_deadlines(hackathon, team, hackathon.extensions.all())


def may_submit(hackathon: Hackathon, at: datetime, team: Team | None) -> bool:
    """Whether a request of the team whose last byte arrived at that moment is in time."""
    state = hackathon.state(at)
    if state == HackathonState.CLOSED:
        return at < deadline_for(hackathon, team).at
    return state == HackathonState.HACKING
