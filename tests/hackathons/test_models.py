"""Hackathons' timelines, and the invariants that PostgreSQL itself holds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from hackathons.enums import HackathonState
from hackathons.models import Hackathon, Membership, validate_time_zone
from tests.factories import (
    HackathonFactory,
    MembershipFactory,
    RoleFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hackathon(**changes: Any) -> Hackathon:
    """One that opens at 12, starts at 13, freezes at 15, closes at 16, publishes at 18; unsaved."""
    moments: dict[str, Any] = {
        "registration_opens_at": NOON,
        "hacking_starts_at": NOON + HOUR,
        "scoreboard_freezes_at": NOON + 3 * HOUR,
        "submissions_close_at": NOON + 4 * HOUR,
        "results_published_at": NOON + 6 * HOUR,
    }
    return HackathonFactory.build(**{**moments, **changes})


@pytest.mark.parametrize(
    ("hours", "state", "frozen"),
    [
        (-0.01, HackathonState.ANNOUNCED, False),
        (0, HackathonState.REGISTRATION, False),
        (0.99, HackathonState.REGISTRATION, False),
        (1, HackathonState.HACKING, False),
        (2.99, HackathonState.HACKING, False),
        (3, HackathonState.HACKING, True),
        (4, HackathonState.CLOSED, True),
        (5.99, HackathonState.CLOSED, True),
        (6, HackathonState.PUBLISHED, False),
        (600, HackathonState.PUBLISHED, False),
    ],
)
def test_state_and_freeze_at_each_moment(hours: float, state: HackathonState, frozen: bool) -> None:
    at = NOON + hours * HOUR

    assert (hackathon().state(at), hackathon().is_frozen(at)) == (state, frozen)


def test_state_without_a_date_for_results_stays_closed_and_frozen() -> None:
    undecided = hackathon(results_published_at=None)

    assert undecided.state(NOON + 9999 * HOUR) == HackathonState.CLOSED
    assert undecided.is_frozen(NOON + 9999 * HOUR)


def test_is_frozen_without_a_freeze_is_never() -> None:
    assert not hackathon(scoreboard_freezes_at=None).is_frozen(NOON + 5 * HOUR)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 5, 1)),
        ("Pacific/Kiritimati", date(2026, 5, 2)),
        ("Pacific/Pago_Pago", date(2026, 5, 1)),
    ],
)
def test_local_day_is_the_calendar_day_there(zone: str, day: date) -> None:
    assert hackathon(time_zone=zone).local_day(NOON) == day


def test_local_day_turns_at_local_midnight_across_summer_time() -> None:
    paris = hackathon(time_zone="Europe/Paris")

    assert paris.local_day(datetime(2026, 3, 28, 22, 59, tzinfo=UTC)) == date(2026, 3, 28)
    assert paris.local_day(datetime(2026, 3, 28, 23, 0, tzinfo=UTC)) == date(2026, 3, 29)
    assert paris.local_day(datetime(2026, 3, 29, 22, 0, tzinfo=UTC)) == date(2026, 3, 30)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe/Paris\n"])
def test_time_zone_that_is_unknown_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_time_zone(name)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("hacking_starts_after_registration_opens", {"registration_opens_at": NOON + 2 * HOUR}),
        ("submissions_close_after_hacking_starts", {"submissions_close_at": NOON + HOUR}),
        ("scoreboard_freezes_after_hacking_starts", {"scoreboard_freezes_at": NOON}),
        ("results_published_after_close", {"results_published_at": NOON + 3.5 * HOUR}),
        ("scoreboard_freezes_before_results", {"scoreboard_freezes_at": NOON + 7 * HOUR}),
    ],
)
def test_hackathon_with_dates_out_of_order_is_refused(
    constraint: str, changes: dict[str, Any]
) -> None:
    wrong = hackathon(**changes)

    with pytest.raises(ValidationError):
        wrong.full_clean()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        wrong.save()


@pytest.mark.django_db
def test_person_in_two_teams_of_a_hackathon_is_refused() -> None:
    team = TeamFactory()
    other = TeamFactory(hackathon=team.hackathon)

    with pytest.raises(IntegrityError, match="one_team_per_person"):
        MembershipFactory(team=other, person=team.people.get())


@pytest.mark.django_db
def test_person_in_teams_of_two_hackathons_is_fine() -> None:
    person = UserFactory()

    TeamFactory(members=[person])
    TeamFactory(members=[person])

    assert person.memberships.count() == 2


@pytest.mark.django_db
def test_second_captain_is_refused() -> None:
    with pytest.raises(IntegrityError, match="one_captain_per_team"):
        MembershipFactory(team=TeamFactory(), is_captain=True)


@pytest.mark.django_db
def test_membership_in_another_hackathon_than_its_team_is_refused() -> None:
    membership = MembershipFactory()
    Membership.objects.filter(pk=membership.pk).update(hackathon=HackathonFactory())

    with (
        pytest.raises(IntegrityError, match="membership_in_its_teams_hackathon"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("factory", "field", "constraint"),
    [
        (TeamFactory, "name", "team_name"),
        (TeamFactory, "slug", "team_slug"),
        (TrackFactory, "name", "track_name"),
        (TrackFactory, "slug", "track_slug"),
    ],
)
def test_name_that_is_taken_in_the_hackathon_is_refused(
    factory: Any, field: str, constraint: str
) -> None:
    first = factory()
    factory(**{field: getattr(first, field)})  # in another hackathon: fine

    with pytest.raises(IntegrityError, match=constraint):
        factory(hackathon=first.hackathon, **{field: getattr(first, field)})


@pytest.mark.django_db
def test_role_twice_is_refused() -> None:
    role = RoleFactory()

    with pytest.raises(IntegrityError, match="role_once"):
        RoleFactory(hackathon=role.hackathon, person=role.person)


@pytest.mark.django_db
def test_role_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(IntegrityError, match="role_kind_known"):
        RoleFactory(kind="emperor")
