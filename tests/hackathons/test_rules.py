"""Who may do what in a hackathon."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from hackathons.enums import Audience, RoleKind
from hackathons.rules import (
    audience_of,
    is_captain,
    is_member,
    is_organizer,
    may_form_teams,
    may_submit,
    sees_everything,
    team_of,
)
from tests.factories import HackathonFactory, RoleFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_role_holds_in_its_own_hackathon_alone() -> None:
    role = RoleFactory()

    assert is_organizer(role.person, role.hackathon)
    assert not is_organizer(role.person, HackathonFactory())


def test_judge_sees_everything_but_does_not_organize() -> None:
    judge = RoleFactory(kind=RoleKind.JUDGE)

    assert sees_everything(judge.person, judge.hackathon)
    assert audience_of(judge.person, judge.hackathon) == Audience.JUDGES
    assert not is_organizer(judge.person, judge.hackathon)


def test_staff_without_a_role_is_a_spectator() -> None:
    assert audience_of(UserFactory(is_staff=True), HackathonFactory()) == Audience.SPECTATORS


def test_superuser_has_every_role() -> None:
    assert is_organizer(UserFactory(is_superuser=True), HackathonFactory())


def test_person_who_was_deactivated_has_no_role_left() -> None:
    role = RoleFactory(person=UserFactory(is_active=False))

    assert not sees_everything(role.person, role.hackathon)


def test_anonymous_person_is_nobody() -> None:
    team, nobody = TeamFactory(), AnonymousUser()

    assert not is_organizer(nobody, team.hackathon)
    assert not is_member(nobody, team)
    assert not is_captain(nobody, team)
    assert team_of(nobody, team.hackathon) is None


def test_captain_and_member_are_told_apart() -> None:
    captain, member = UserFactory.create_batch(2)
    team = TeamFactory(members=[captain, member])

    assert (is_captain(captain, team), is_captain(member, team)) == (True, False)
    assert is_member(member, team)
    assert team_of(member, team.hackathon) == team


@pytest.mark.parametrize(
    ("trait", "teams", "submit"),
    [
        ("announced", False, False),
        ("registration", True, False),
        ("hacking", True, True),
        ("frozen", True, True),
        ("closed", False, False),
        ("published", False, False),
    ],
)
def test_teams_and_uploads_by_the_timeline(trait: str, teams: bool, submit: bool) -> None:
    hackathon, now = HackathonFactory(**{trait: True}), timezone.now()

    assert (may_form_teams(hackathon, now), may_submit(hackathon, now, None)) == (teams, submit)
