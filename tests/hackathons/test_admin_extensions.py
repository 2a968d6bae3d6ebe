"""Organizers give teams more time, and take it back, in the admin."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from hackathons.admin_forms import HackathonForm
from hackathons.models import Extension, Hackathon, Team
from tests.factories import ExtensionFactory, HackathonFactory, RoleFactory, TeamFactory
from tests.hackathons.test_admin import CONFIRMED, address, organizer, rows, theirs

__all__ = ["organizer", "theirs"]
pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def grant(client: Client, row: Hackathon | Team, **form: str) -> Any:
    name = "hackathon_grant_grace" if isinstance(row, Hackathon) else "team_extend"
    where = address(f"hackathons_{name}", row.pk)
    return client.post(where, {**CONFIRMED, "reason": "The storage was away.", **form}, follow=True)


def close(hackathon: Hackathon, at: datetime, zone: str = "UTC") -> None:
    Hackathon.objects.filter(pk=hackathon.pk).update(submissions_close_at=at, time_zone=zone)
    hackathon.refresh_from_db()


def test_grace_for_all_by_minutes(client: Client, organizer: User, theirs: Hackathon) -> None:
    page = grant(client, theirs, minutes="90").content.decode()

    granted = Extension.objects.get()
    assert (granted.hackathon, granted.team, granted.granted_by) == (theirs, None, organizer)
    assert granted.until == theirs.submissions_close_at + 1.5 * HOUR
    assert "All teams may hand in until" in page
    assert "The storage was away." in page
    assert f"(UTC) by {organizer}" in page
    assert address("hackathons_extension_change", granted.pk) in page


def test_extension_until_a_moment_of_the_hackathons_clocks(
    client: Client, theirs: Hackathon
) -> None:
    team = TeamFactory(hackathon=theirs)
    day = (timezone.now() + timedelta(days=3)).date()
    close(theirs, timezone.now() - HOUR, "Asia/Tokyo")

    grant(client, team, until=f"{day}T18:30")

    granted = team.extensions.get()
    assert granted.until == datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)


def test_the_same_twice_gives_time_once(client: Client, theirs: Hackathon) -> None:
    for _ in range(2):
        grant(client, theirs, minutes="30")
    assert Extension.objects.count() == 1


@pytest.mark.parametrize(
    "form",
    [
        {"minutes": "5", "until": "2030-01-01T10:00"},
        {},
        {"minutes": "0"},
        {"minutes": "9" * 30},
        {"minutes": "5", "reason": ""},
        {"until": "soon"},
        {"minutes": "5", "reason": "a\0b"},
    ],
)
def test_a_form_that_says_nothing_clear_is_shown_again(
    client: Client, theirs: Hackathon, form: dict[str, str]
) -> None:
    page = grant(client, theirs, **form)
    assert (page.status_code, Extension.objects.exists()) == (200, False)


def test_a_refusal_is_told_on_the_page(client: Client, theirs: Hackathon) -> None:
    close(theirs, timezone.now() - 2 * HOUR)
    page = grant(client, theirs, minutes="5").content.decode()
    assert "That moment has passed." in page


def test_get_on_a_dialog_changes_nothing(client: Client, theirs: Hackathon) -> None:
    team = TeamFactory(hackathon=theirs)
    extension = ExtensionFactory(team=team)

    for where in (
        address("hackathons_hackathon_grant_grace", theirs.pk),
        address("hackathons_team_extend", team.pk),
        address("hackathons_extension_revoke", extension.pk),
    ):
        assert client.get(where).status_code == 200
    extension.refresh_from_db()
    assert (Extension.objects.count(), extension.revoked_at) == (1, None)


def test_what_is_anothers_does_not_exist(client: Client, theirs: Hackathon) -> None:
    foreign = ExtensionFactory()

    for where in (
        address("hackathons_hackathon_grant_grace", foreign.hackathon_id),
        address("hackathons_team_extend", foreign.team_id),
        address("hackathons_extension_revoke", foreign.pk),
        address("hackathons_extension_change", foreign.pk),
    ):
        assert client.post(where, {**CONFIRMED, "minutes": "9", "reason": "x"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_revoked_on_its_page(client: Client, organizer: User, theirs: Hackathon) -> None:
    extension = ExtensionFactory(team=TeamFactory(hackathon=theirs))
    where = address("hackathons_extension_revoke", extension.pk)

    page = client.post(where, CONFIRMED, follow=True).content.decode()

    extension.refresh_from_db()
    assert (extension.revoked_by, "Revoked" in page) == (organizer, True)


def test_extensions_are_read_only(client: Client, theirs: Hackathon) -> None:
    extension = ExtensionFactory(team=TeamFactory(hackathon=theirs))
    change = address("hackathons_extension_change", extension.pk)
    assert client.get(change).status_code == 200
    assert client.post(change, {"reason": "x"}).status_code == 403
    assert client.get(address("hackathons_extension_delete", extension.pk)).status_code == 403
    assert client.get(address("hackathons_extension_add")).status_code == 403


def test_a_team_with_an_extension_can_still_be_saved(client: Client, theirs: Hackathon) -> None:
    team = ExtensionFactory(team=TeamFactory(hackathon=theirs, members=[])).team
    assert team is not None
    where = address("hackathons_team_change", team.pk)
    assert "The storage was away." in client.get(where).content.decode()

    form = {"name": "Renamed", "slug": team.slug, "share_weight": "1", **rows("memberships")}
    answer = client.post(where, form)

    assert answer.status_code == 302
    assert Team.objects.get(pk=team.pk).name == "Renamed"


def test_list_asks_as_often_for_three_as_for_one(
    client: Client, theirs: Hackathon, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            ExtensionFactory(team=TeamFactory(hackathon=theirs))
        with django_assert_max_num_queries(30) as captured:
            client.get(address("hackathons_extension_changelist"))
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("confirmed", [True, False])
def test_publishing_over_an_extension_asks_once_more(
    client: Client, theirs: Hackathon, confirmed: bool
) -> None:
    close(theirs, timezone.now() - HOUR)
    ExtensionFactory(team=TeamFactory(hackathon=theirs))
    where = address("hackathons_hackathon_publish_now", theirs.pk)
    dialog = client.get(where).content.decode()
    form = {**CONFIRMED, "confirmed": "on"} if confirmed else CONFIRMED

    page = client.post(where, form, follow=True).content.decode()

    assert "Publish although a team still has time" in dialog
    assert ("Some team may hand in until" in page) is not confirmed
    assert (Hackathon.objects.get(pk=theirs.pk).results_published_at is not None) is confirmed


def test_publishing_asks_nothing_where_nobody_has_time(client: Client, theirs: Hackathon) -> None:
    page = client.get(address("hackathons_hackathon_publish_now", theirs.pk)).content.decode()
    assert "Publish although" not in page


def test_results_cannot_be_dated_before_an_extension_ends() -> None:
    hackathon = HackathonFactory(closed=True, time_zone="Europe/Paris")
    RoleFactory(hackathon=hackathon)
    ExtensionFactory(team=TeamFactory(hackathon=hackathon))
    fields = {name: getattr(hackathon, name) for name in HackathonForm.Meta.fields}
    soon = timezone.now() + HOUR / 2

    form = HackathonForm({**fields, "results_published_at": soon}, instance=hackathon)
    later = HackathonForm({**fields, "results_published_at": soon + HOUR}, instance=hackathon)

    assert "A team may hand in until" in form.errors["results_published_at"][0]
    assert "results_published_at" not in later.errors
