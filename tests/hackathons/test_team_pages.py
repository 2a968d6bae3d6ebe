"""The pages on which people found, join and leave their team."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hackathons.models import Invitation, Team
from tests.factories import (
    HackathonFactory,
    InvitationFactory,
    MembershipFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def at(name: str, *args: object) -> str:
    return reverse(f"hackathons:{name}", args=args)


def test_team_page_asks_who_you_are_first(client: Client) -> None:
    response = client.get(at("team", HackathonFactory().slug))

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_team_page_founds_a_team(client: Client) -> None:
    hackathon, person = HackathonFactory(), UserFactory()
    client.force_login(person)
    address = at("team", hackathon.slug)

    assert "Found a team" in client.get(address).content.decode()
    response = client.post(address, {"name": "Vicuña Club"}, follow=True)

    assert "Vicuña Club is founded" in response.content.decode()
    assert Team.objects.get().people.get() == person


def test_team_page_with_a_taken_name_says_so(client: Client) -> None:
    taken = TeamFactory(name="Taken")
    client.force_login(UserFactory())

    response = client.post(at("team", taken.hackathon.slug), {"name": "taken"})

    assert response.status_code == 400
    assert "choose another name" in response.content.decode()


@pytest.mark.parametrize("name", ["", "x" * 61, "a\0b"])
def test_team_page_with_an_unusable_name_says_so(client: Client, name: str) -> None:
    client.force_login(UserFactory())

    response = client.post(at("team", HackathonFactory().slug), {"name": name})

    assert response.status_code == 400
    assert not Team.objects.exists()


@pytest.mark.parametrize("trait", ["announced", "closed", "published"])
def test_team_page_outside_its_time_offers_nothing(client: Client, trait: str) -> None:
    hackathon = HackathonFactory(**{trait: True})
    client.force_login(UserFactory())
    address = at("team", hackathon.slug)

    assert "You have no team here" in client.get(address).content.decode()
    assert client.post(address, {"name": "Late"}).status_code == 400
    assert not Team.objects.exists()


def test_team_page_shows_members_and_links_to_members_alone(client: Client) -> None:
    invitation = InvitationFactory()
    address = at("team", invitation.team.hackathon.slug)

    for person, shown in ((invitation.created_by, True), (UserFactory(), False)):
        client.force_login(person)
        page = client.get(address).content.decode()
        assert (invitation.token in page) == shown
        assert (invitation.team.name in page) == shown


def test_team_page_leads_to_handing_in(client: Client) -> None:
    team = TeamFactory()
    track = TrackFactory(hackathon=team.hackathon)
    client.force_login(team.people.get())

    page = client.get(at("team", team.hackathon.slug)).content.decode()

    assert reverse("submissions:submit", args=[team.hackathon.slug, track.slug]) in page


def test_team_page_asks_as_often_for_three_members_as_for_one(
    client: Client, django_assert_num_queries: Callable[..., Any]
) -> None:
    team = TeamFactory()
    captain = team.people.get()
    client.force_login(captain)
    for count in (1, 3):
        while team.memberships.count() < count:
            MembershipFactory(team=team)
            InvitationFactory(team=team, created_by=captain)
        # session and person; hackathon, team, memberships with persons, tracks, seats, invitations
        with django_assert_num_queries(9):
            client.get(at("team", team.hackathon.slug))


def test_invite_makes_a_link(client: Client) -> None:
    team = TeamFactory()
    client.force_login(team.people.get())

    response = client.post(at("invite", team.hackathon.slug), follow=True)

    assert Invitation.objects.get().token in response.content.decode()


@pytest.mark.parametrize("name", ["invite", "leave"])
def test_get_and_strangers_change_nothing(client: Client, name: str) -> None:
    team = TeamFactory()
    address = at(name, team.hackathon.slug)
    client.force_login(team.people.get())
    assert client.get(address).status_code == 405
    client.force_login(UserFactory())
    assert client.post(address).status_code == 404

    assert not Invitation.objects.exists()
    assert team.memberships.count() == 1


def test_withdraw_is_for_members(client: Client) -> None:
    invitation = InvitationFactory()
    other = TeamFactory(hackathon=invitation.team.hackathon)
    address = at("withdraw", invitation.team.hackathon.slug, invitation.pk)

    client.force_login(other.people.get())
    assert client.post(address).status_code == 404
    client.force_login(invitation.created_by)
    assert client.post(address).status_code == 302

    assert not Invitation.objects.exists()


def test_leave_says_that_you_have_left(client: Client) -> None:
    team = TeamFactory(members=2)
    client.force_login(team.memberships.get(is_captain=False).person)

    response = client.post(at("leave", team.hackathon.slug), follow=True)

    assert f"You have left {team.name}" in response.content.decode()


def test_join_by_get_changes_nothing(client: Client) -> None:
    invitation = InvitationFactory()
    client.force_login(UserFactory())

    response = client.get(at("join", invitation.token))

    assert response.status_code == 200
    assert invitation.team.memberships.count() == 1


def test_join_takes_a_press_of_the_button(client: Client) -> None:
    invitation, person = InvitationFactory(), UserFactory()
    client.force_login(person)

    response = client.post(at("join", invitation.token), follow=True)

    assert f"You are in {invitation.team.name}" in response.content.decode()
    assert person in invitation.team.people.all()


def test_join_sends_strangers_to_log_in_and_back(client: Client) -> None:
    address = at("join", InvitationFactory().token)

    page = client.get(address).content.decode()

    assert f"?next={address}" in page
    assert client.post(address).status_code == 200
    assert Team.objects.get().memberships.count() == 1


def test_join_with_a_used_link_says_so(client: Client) -> None:
    invitation = InvitationFactory(accepted_by=UserFactory())
    client.force_login(UserFactory())

    assert "was used or is too old" in client.get(at("join", invitation.token)).content.decode()
    assert client.post(at("join", invitation.token)).status_code == 409


def test_join_with_a_guessed_token_is_404(client: Client) -> None:
    assert client.get(at("join", "guess")).status_code == 404


def test_join_needs_the_form_of_this_site() -> None:
    strict, invitation = Client(enforce_csrf_checks=True), InvitationFactory()
    strict.force_login(UserFactory())

    assert strict.post(at("join", invitation.token)).status_code == 403
    assert invitation.team.memberships.count() == 1
