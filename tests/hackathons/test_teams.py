"""Teams are founded, joined by invitation, and left."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from hackathons.domain.teams import (
    accept_invitation,
    found_team,
    invite,
    leave_team,
    withdraw_invitation,
)
from hackathons.errors import (
    AlreadyInTeam,
    InvitationGone,
    NameRefused,
    NotAMember,
    TeamFull,
    TeamNeedsYou,
    TeamsClosed,
    UserCaused,
)
from hackathons.models import Invitation, Membership, Team
from tests.factories import (
    HackathonFactory,
    InvitationFactory,
    SubmissionFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def test_found_team_makes_its_founder_the_captain() -> None:
    hackathon, person = HackathonFactory(), UserFactory()

    team = found_team(hackathon=hackathon, person=person, name="  Alpaca \t Racing ")

    assert (team.name, team.slug) == ("Alpaca Racing", "alpaca-racing")
    membership = team.memberships.get()
    assert (membership.person, membership.is_captain) == (person, True)


@pytest.mark.parametrize("trait", ["announced", "closed", "published"])
def test_found_team_outside_its_time_is_refused(trait: str) -> None:
    with pytest.raises(TeamsClosed):
        found_team(hackathon=HackathonFactory(**{trait: True}), person=UserFactory(), name="Alpaca")


@pytest.mark.parametrize("name", ["", "  ", "\0", "x" * 61, "TAKEN"])
def test_found_team_with_an_unusable_name_is_refused(name: str) -> None:
    taken = TeamFactory(name="Taken")

    with pytest.raises(NameRefused):
        found_team(hackathon=taken.hackathon, person=UserFactory(), name=name)


def test_found_team_with_the_same_slug_gets_a_number() -> None:
    hackathon = HackathonFactory()

    slugs = [
        found_team(hackathon=hackathon, person=UserFactory(), name=name).slug
        for name in ("A B", "A-B", "A  b!", "東京", "北京")
    ]

    assert slugs == ["a-b", "a-b-2", "a-b-3", "team", "team-2"]


def test_found_team_by_somebody_in_a_team_is_refused_and_leaves_nothing() -> None:
    team = TeamFactory()

    with pytest.raises(AlreadyInTeam):
        found_team(hackathon=team.hackathon, person=team.people.get(), name="Second")

    assert Team.objects.get() == team


def test_invite_gives_a_link_for_each_free_seat() -> None:
    team = TeamFactory(hackathon__max_team_size=3)
    captain = team.people.get()

    tokens = {invite(team=team, by=captain).token for _ in range(2)}

    assert len(tokens) == 2
    with pytest.raises(TeamFull):
        invite(team=team, by=captain)


def test_invite_by_a_stranger_is_refused() -> None:
    with pytest.raises(NotAMember):
        invite(team=TeamFactory(), by=UserFactory())


def test_invite_into_a_full_team_is_refused() -> None:
    team = TeamFactory(hackathon__max_team_size=1)

    with pytest.raises(TeamFull):
        invite(team=team, by=team.people.get())


def test_invite_after_the_close_is_refused() -> None:
    team = TeamFactory(hackathon__closed=True)

    with pytest.raises(TeamsClosed):
        invite(team=team, by=team.people.get())


def test_withdrawn_invitation_lets_nobody_in() -> None:
    invitation = InvitationFactory()

    withdraw_invitation(invitation=invitation, by=invitation.created_by)
    withdraw_invitation(invitation=invitation, by=invitation.created_by)

    with pytest.raises(InvitationGone):
        accept_invitation(token=invitation.token, person=UserFactory())


def test_withdraw_invitation_by_a_stranger_is_refused() -> None:
    with pytest.raises(NotAMember):
        withdraw_invitation(invitation=InvitationFactory(), by=UserFactory())


def test_accept_invitation_joins_once() -> None:
    invitation, person = InvitationFactory(), UserFactory()

    first = accept_invitation(token=invitation.token, person=person)
    again = accept_invitation(token=invitation.token, person=person)

    assert first == again
    assert (first.team, first.is_captain) == (invitation.team, False)
    assert Invitation.objects.get().accepted_by == person


def test_accept_invitation_that_somebody_used_is_refused() -> None:
    invitation = InvitationFactory()
    accept_invitation(token=invitation.token, person=UserFactory())

    with pytest.raises(InvitationGone):
        accept_invitation(token=invitation.token, person=UserFactory())


def test_accept_invitation_again_after_leaving_is_refused() -> None:
    invitation, person = InvitationFactory(), UserFactory()
    accept_invitation(token=invitation.token, person=person)
    leave_team(team=invitation.team, person=person)

    with pytest.raises(InvitationGone):
        accept_invitation(token=invitation.token, person=person)


def test_accept_invitation_that_is_too_old_is_refused() -> None:
    invitation = InvitationFactory(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(InvitationGone):
        accept_invitation(token=invitation.token, person=UserFactory())


def test_accept_invitation_of_nobody_is_refused() -> None:
    with pytest.raises(InvitationGone):
        accept_invitation(token="guess", person=UserFactory())


def test_accept_invitation_after_the_close_is_refused() -> None:
    invitation = InvitationFactory(team__hackathon__closed=True)

    with pytest.raises(TeamsClosed):
        accept_invitation(token=invitation.token, person=UserFactory())


def test_accept_invitation_while_in_another_team_is_refused_and_keeps_the_link() -> None:
    invitation = InvitationFactory()
    other = TeamFactory(hackathon=invitation.team.hackathon)

    with pytest.raises(AlreadyInTeam):
        accept_invitation(token=invitation.token, person=other.people.get())

    assert Invitation.objects.get().accepted_by is None


def test_leave_team_hands_the_lead_to_who_was_there_first() -> None:
    captain, second, third = UserFactory.create_batch(3)
    team = TeamFactory(members=[captain, second, third])

    leave_team(team=team, person=captain)

    assert team.memberships.get(is_captain=True).person == second


def test_leave_team_by_the_last_member_ends_it() -> None:
    team = TeamFactory()

    leave_team(team=team, person=team.people.get())

    assert not Team.objects.exists()


def test_leave_team_by_the_last_member_after_handing_in_is_refused() -> None:
    team = SubmissionFactory().team

    with pytest.raises(TeamNeedsYou):
        leave_team(team=team, person=team.people.get())

    assert team.memberships.count() == 1


def test_leave_team_by_a_stranger_is_refused() -> None:
    with pytest.raises(NotAMember):
        leave_team(team=TeamFactory(), person=UserFactory())


def test_leave_team_after_the_close_is_refused() -> None:
    team = TeamFactory(hackathon__closed=True, members=2)

    with pytest.raises(TeamsClosed):
        leave_team(team=team, person=team.people.first())


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads of their own; what a person caused comes back as its type."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except UserCaused as refused:
            return type(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_last_seat_goes_to_one_of_many() -> None:
    team = TeamFactory(hackathon__max_team_size=2)
    invitations = InvitationFactory.create_batch(6, team=team)
    people = UserFactory.create_batch(6)

    results = at_once(
        *(
            lambda i=i, p=p: accept_invitation(token=i.token, person=p)
            for i, p in zip(invitations, people, strict=True)
        )
    )

    assert results.count(TeamFull) == 5
    assert team.memberships.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_person_can_not_found_and_join_at_once() -> None:
    invitation = InvitationFactory()
    hackathon, person = invitation.team.hackathon, UserFactory()

    results = at_once(
        lambda: found_team(hackathon=hackathon, person=person, name="One"),
        lambda: found_team(hackathon=hackathon, person=person, name="Two"),
        lambda: accept_invitation(token=invitation.token, person=person),
    )

    assert results.count(AlreadyInTeam) == 2
    assert Membership.objects.filter(person=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_name_goes_to_one_of_many() -> None:
    hackathon = HackathonFactory()
    people = UserFactory.create_batch(4)

    results = at_once(
        *(lambda p=p: found_team(hackathon=hackathon, person=p, name="Llama") for p in people)
    )

    assert results.count(NameRefused) == 3
    assert hackathon.teams.count() == 1
