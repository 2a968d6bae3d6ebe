"""More time is granted and revoked by organizers, and stays on record."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from hackathons.domain.extensions import grant_extension, grant_grace, revoke_extension
from hackathons.domain.organize import publish_results
from hackathons.enums import RoleKind
from hackathons.errors import NotAnOrganizer, OutOfTime, ReasonMissing, TeamsStillSubmit
from hackathons.models import Extension, Hackathon, Team
from hackathons.rules import may_submit
from hackathons.signals import hackathon_changed
from tests.factories import (
    ExtensionFactory,
    HackathonFactory,
    RoleFactory,
    TeamFactory,
    UserFactory,
)
from tests.submissions.test_accept import race

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = "The storage was away for an hour."


@pytest.fixture
def hackathon() -> Hackathon:
    return HackathonFactory(closed=True, time_zone="Europe/Paris")


@pytest.fixture
def organizer(hackathon: Hackathon) -> User:
    return RoleFactory(hackathon=hackathon).person


@pytest.fixture
def team(hackathon: Hackathon) -> Team:
    return TeamFactory(hackathon=hackathon)


def extend(team: Team, by: User, **changes: Any) -> Extension:
    now = timezone.now()
    given = {"until": now + HOUR, "reason": WHY, "by": by, "at": now, **changes}
    return grant_extension(team=team, **given)


def test_extension_lets_its_team_alone_hand_in(team: Team, organizer: User) -> None:
    now = timezone.now()
    other = TeamFactory(hackathon=team.hackathon)

    granted = extend(team, organizer, until=now + HOUR, at=now)

    assert (granted.granted_by, granted.granted_at, granted.reason) == (organizer, now, WHY)
    moments = (now, now + HOUR - timedelta(microseconds=1), now + HOUR)
    assert [may_submit(team.hackathon, at, team) for at in moments] == [True, True, False]
    assert [may_submit(team.hackathon, now, whose) for whose in (other, None)] == [False, False]


def test_grace_lets_every_team_hand_in(hackathon: Hackathon, team: Team, organizer: User) -> None:
    now = timezone.now()

    grant_grace(hackathon=hackathon, until=now + HOUR, reason=WHY, by=organizer, at=now)

    assert [may_submit(hackathon, now, whose) for whose in (team, None)] == [True, True]


@pytest.mark.parametrize("kind", [RoleKind.JUDGE, None])
def test_only_organizers_grant_and_revoke(team: Team, kind: RoleKind | None) -> None:
    person = UserFactory()
    if kind:
        RoleFactory(hackathon=team.hackathon, person=person, kind=kind)
    with pytest.raises(NotAnOrganizer):
        extend(team, person)
    with pytest.raises(NotAnOrganizer):
        revoke_extension(extension=ExtensionFactory(team=team), by=person, at=timezone.now())
    assert Extension.objects.filter(revoked_at=None).count() == 1


def test_organizer_of_another_hackathon_grants_nothing(team: Team) -> None:
    with pytest.raises(NotAnOrganizer):
        extend(team, RoleFactory().person)


def test_granting_the_same_again_gives_the_first_back(team: Team, organizer: User) -> None:
    until = timezone.now() + HOUR
    first = extend(team, organizer, until=until)

    second = extend(team, organizer, until=until, reason=f"  {WHY} ")

    assert (second, Extension.objects.count()) == (first, 1)


@pytest.mark.parametrize("reason", ["", " \n ", "\u200b\u202e", "x" * 201])
def test_a_reason_is_demanded(team: Team, organizer: User, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        extend(team, organizer, reason=reason)


def test_before_the_close_it_can_be_granted_ahead(organizer: User) -> None:
    hackathon = RoleFactory(person=organizer).hackathon
    team = TeamFactory(hackathon=hackathon)
    close: datetime = hackathon.submissions_close_at

    extend(team, organizer, until=close + HOUR)

    assert may_submit(hackathon, close, team)
    assert not may_submit(hackathon, close, None)
    with pytest.raises(OutOfTime, match="adds nothing"):
        extend(TeamFactory(hackathon=hackathon), organizer, until=close)


def test_less_than_what_applies_adds_nothing(team: Team, organizer: User) -> None:
    now = timezone.now()
    grant_grace(hackathon=team.hackathon, until=now + HOUR, reason=WHY, by=organizer, at=now)
    with pytest.raises(OutOfTime, match=r"submissions close at .* \(Europe/Paris\) as it is"):
        extend(team, organizer, until=now + HOUR / 2)


@pytest.mark.parametrize(
    ("offset", "sentence"),
    [
        (-HOUR / 2, "That moment has passed."),
        (timedelta(days=61), "More time is 60 days at most."),
        (timedelta(days=2), "The results are published at"),
    ],
)
def test_moments_that_make_no_sense_are_refused(
    team: Team, organizer: User, offset: timedelta, sentence: str
) -> None:
    now = timezone.now()
    hackathon = team.hackathon
    hackathon.results_published_at = now + timedelta(days=1)
    hackathon.save()
    with pytest.raises(OutOfTime, match=sentence):
        extend(team, organizer, until=now + offset, at=now)


def test_after_the_results_nothing_is_granted(organizer: User) -> None:
    hackathon = HackathonFactory(published=True)
    RoleFactory(hackathon=hackathon, person=organizer)
    with pytest.raises(OutOfTime, match="The results are published"):
        extend(TeamFactory(hackathon=hackathon), organizer)


def test_revoked_counts_no_more_from_then_on(team: Team, organizer: User) -> None:
    granted, at = extend(team, organizer), timezone.now()

    revoke_extension(extension=granted, by=organizer, at=at)
    revoke_extension(extension=granted, by=UserFactory(is_superuser=True), at=at + HOUR / 4)

    assert (granted.revoked_at, granted.revoked_by) == (at, organizer)
    assert not may_submit(team.hackathon, at, team)
    assert may_submit(team.hackathon, at - timedelta(microseconds=1), team)


def test_one_that_is_over_cannot_be_revoked(team: Team, organizer: User) -> None:
    granted = extend(team, organizer)
    with pytest.raises(OutOfTime, match="It ended by itself at"):
        revoke_extension(extension=granted, by=organizer, at=granted.until)


def test_every_change_is_announced_after_the_commit(
    team: Team,
    organizer: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    told: list[object] = []

    def hear(hackathon_id: object, **_: object) -> None:
        told.append(hackathon_id)

    hackathon_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            granted = extend(team, organizer)
            revoke_extension(extension=granted, by=organizer, at=timezone.now())
            assert told == []
    finally:
        hackathon_changed.disconnect(hear)
    assert told == [team.hackathon_id] * 2


def test_results_wait_for_the_last_team_unless_confirmed(team: Team, organizer: User) -> None:
    now, hackathon = timezone.now(), team.hackathon
    extend(team, organizer, until=now + HOUR)

    with pytest.raises(TeamsStillSubmit, match=r"Some team may hand in until .*Europe/Paris"):
        publish_results(hackathon=hackathon, at=now)
    publish_results(hackathon=hackathon, at=now, confirmed=True)

    assert hackathon.results_published_at == now
    assert not may_submit(hackathon, now, team)


@pytest.mark.parametrize("revoked", [True, False])
def test_results_come_once_the_last_extension_has_ended(
    team: Team, organizer: User, revoked: bool
) -> None:
    granted, at = extend(team, organizer), timezone.now()
    if revoked:
        revoke_extension(extension=granted, by=organizer, at=at)

    publish_results(hackathon=team.hackathon, at=at if revoked else granted.until)

    assert team.hackathon.results_published_at is not None


@pytest.mark.django_db(transaction=True)
def test_results_and_an_extension_at_once_never_both_pass(team: Team, organizer: User) -> None:
    now = timezone.now()

    outcomes = race(
        2,
        lambda n: (
            publish_results(hackathon=team.hackathon, at=now)
            if n
            else extend(team, organizer, at=now)
        ),
    )

    refused = [one for one in outcomes if isinstance(one, OutOfTime | TeamsStillSubmit)]
    assert len(refused) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "Another one."},
        {"until": timezone.now() + 9 * HOUR},
        {"team": None},
        {"granted_at": timezone.now() - 9 * HOUR},
    ],
)
def test_what_was_granted_never_changes(change: dict[str, Any]) -> None:
    extension = ExtensionFactory()
    with pytest.raises(DatabaseError, match="only be revoked"), transaction.atomic():
        Extension.objects.filter(pk=extension.pk).update(**change)


def test_a_revocation_is_not_taken_back() -> None:
    extension = ExtensionFactory(revoked_at=timezone.now())
    with pytest.raises(DatabaseError, match="only be revoked"), transaction.atomic():
        Extension.objects.filter(pk=extension.pk).update(revoked_at=None)


def test_a_team_of_another_hackathon_is_refused_by_the_database() -> None:
    ExtensionFactory(team=TeamFactory(), hackathon=HackathonFactory())
    with pytest.raises(DatabaseError, match="extension_in_its_teams_hackathon"):
        connection.check_constraints()


def test_it_outlives_the_account_of_who_granted_it(team: Team, organizer: User) -> None:
    granted = extend(team, organizer)

    organizer.delete()

    granted.refresh_from_db()
    assert granted.granted_by is None


def test_it_goes_with_its_hackathon() -> None:
    extension = ExtensionFactory()
    ExtensionFactory(team=None, hackathon=extension.hackathon)

    extension.hackathon.delete()

    assert not Extension.objects.exists()
