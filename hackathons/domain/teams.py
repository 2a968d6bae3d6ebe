"""Teams are founded, joined by invitation, and left.

Each verb holds the hackathon's row while it looks and writes, so that two requests can't both take
a team's last seat or the same name.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from hackathons.errors import (
    AlreadyInTeam,
    InvitationGone,
    NameRefused,
    NotAMember,
    TeamFull,
    TeamNeedsYou,
    TeamsClosed,
)
from hackathons.models import Hackathon, Invitation, Membership, Team
from hackathons.rules import is_member, may_form_teams

INVITATION_LASTS = timedelta(days=7)
LONGEST_NAME = 60


@transaction.atomic
def found_team(*, hackathon: Hackathon, person: User, name: str) -> Team:
    """Found a team with the person as its captain.

    Raises:
        TeamsClosed, NameRefused, AlreadyInTeam.
    """
    _hold(hackathon)
    name = _free_name(hackathon, name)
    team = Team.objects.create(hackathon=hackathon, name=name, slug=_free_slug(hackathon, name))
    _add(team, person, is_captain=True)
    return team


@transaction.atomic
def invite(*, team: Team, by: User) -> Invitation:
    """Make a link by which one person may join; there is one for each free seat at most.

    Raises:
        TeamsClosed, NotAMember, TeamFull.
    """
    _hold(team.hackathon)
    if not is_member(by, team):
        raise NotAMember("Only members of the team may invite.")
    if free_seats(team) <= 0:
        raise TeamFull(f"A team has at most {team.hackathon.max_team_size} members.")
    if open_invitations(team).count() >= free_seats(team):
        raise TeamFull("Every free seat has a link already: send that one, or withdraw it first.")
    return Invitation.objects.create(
        team=team, created_by=by, expires_at=timezone.now() + INVITATION_LASTS
    )


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, by: User) -> None:
    """Make the link useless; doing it again changes nothing.

    Raises:
        NotAMember: who asks is not in the team.
    """
    if not is_member(by, invitation.team):
        raise NotAMember("Only members of the team may withdraw its invitations.")
    Invitation.objects.filter(pk=invitation.pk, accepted_by=None).delete()


@transaction.atomic
def accept_invitation(*, token: str, person: User) -> Membership:
    """Join the team; accepting again gives the same membership.

    Raises:
        InvitationGone, TeamsClosed, AlreadyInTeam, TeamFull.
    """
    team = _team_of_token(token)
    _hold(team.hackathon)
    invitation = Invitation.objects.select_for_update().filter(token=token).first()
    if invitation is not None and invitation.accepted_by_id == person.pk:
        membership = team.memberships.filter(person=person).first()
        if membership is not None:
            return membership
    if invitation is None or invitation.accepted_by_id or invitation.expires_at <= timezone.now():
        raise InvitationGone("This invitation was used or is too old; ask the team for a new one.")
    if free_seats(team) <= 0:
        raise TeamFull(f"{team.name} is full: it has {team.hackathon.max_team_size} members.")
    membership = _add(team, person)
    invitation.accepted_by = person
    invitation.save(update_fields=["accepted_by"])
    return membership


@transaction.atomic
def leave_team(*, team: Team, person: User) -> None:
    """Leave; who has been in it longest leads on, and a team of nobody is gone.

    Raises:
        TeamsClosed, NotAMember.
        TeamNeedsYou: the team handed something in, and nobody else would be left to own it.
    """
    _hold(team.hackathon)
    left, _ = team.memberships.filter(person=person).delete()
    if not left:
        raise NotAMember("You are not in this team.")
    following = team.memberships.order_by("joined_at").first()
    if following is None:
        _dissolve(team)
    elif not team.memberships.filter(is_captain=True).exists():
        following.is_captain = True
        following.save(update_fields=["is_captain"])


def free_seats(team: Team) -> int:
    """How many more may join; never below 0."""
    return max(0, team.hackathon.max_team_size - team.memberships.count())


def open_invitations(team: Team) -> QuerySet[Invitation]:
    """The links that still work."""
    return team.invitations.filter(accepted_by=None, expires_at__gt=timezone.now())


def _hold(hackathon: Hackathon) -> None:
    """Lock the hackathon until the transaction ends, and see that teams may form there."""
    held = Hackathon.objects.select_for_update(no_key=True).get(pk=hackathon.pk)
    if not may_form_teams(held, timezone.now()):
        raise TeamsClosed(
            "Teams can be founded, joined and left from the opening of registration until "
            "submissions close."
        )
    hackathon.max_team_size = held.max_team_size


def _free_name(hackathon: Hackathon, name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise NameRefused(f"A team's name has 1 to {LONGEST_NAME} characters.")
    if hackathon.teams.filter(name__iexact=name).exists():
        raise NameRefused(f"There is a team “{name}” already; choose another name.")
    return name


def _free_slug(hackathon: Hackathon, name: str) -> str:
    """The name for addresses, numbered where it is taken; names of no Latin letter are `team`."""
    base = slugify(name)[:70] or "team"
    taken = set(hackathon.teams.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbered) if slug not in taken)


def _add(team: Team, person: User, *, is_captain: bool = False) -> Membership:
    try:
        with transaction.atomic():
            return Membership.objects.create(team=team, person=person, is_captain=is_captain)
    except IntegrityError as error:
        if "one_team_per_person" not in str(error):
            raise
        raise AlreadyInTeam(
            "You are in a team of this hackathon already; leave it first."
        ) from None


def _team_of_token(token: str) -> Team:
    team = Team.objects.select_related("hackathon").filter(invitations__token=token).first()
    if team is None:
        raise InvitationGone("There is no such invitation; ask the team for a new one.")
    return team


def _dissolve(team: Team) -> None:
    try:
        team.delete()
    except ProtectedError:
        raise TeamNeedsYou(
            "Your team has handed something in, so its last member stays in it."
        ) from None
