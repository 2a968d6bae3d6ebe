"""What an organizer chooses of how a track scores: in the admin, and what the database refuses."""

import pytest
from django.db import IntegrityError
from django.test import Client

from accounts.models import User
from hackathons.models import Track
from tests.factories import RoleFactory, TrackFactory, UserFactory
from tests.hackathons.test_admin import address, post, track_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def track(client: Client) -> Track:
    """A track of an organizer who is logged in."""
    organizer: User = UserFactory(is_staff=True)
    client.force_login(organizer)
    made: Track = TrackFactory(hackathon=RoleFactory(person=organizer).hackathon)
    return made


def form(track: Track, **options: str) -> dict[str, object]:
    return {**track_row(), "suite_version": str(track.suite_version_id), **options}


@pytest.mark.parametrize("option", ["ladder", "stops_early"])
def test_organizer_turns_it_on_and_off(client: Client, track: Track, option: str) -> None:
    for value, wanted in ({option: "on"}, True), ({}, False):
        post(client, address("hackathons_track_change", track.pk), form(track, **value))

        track.refresh_from_db()
        assert getattr(track, option) is wanted


@pytest.mark.parametrize("given", ["5", "50", "1000000"])
def test_organizer_chooses_how_many_tasks_come_first_and_empties_it(
    client: Client, track: Track, given: str
) -> None:
    for value, wanted in (given, int(given)), ("", None):
        where = address("hackathons_track_change", track.pk)
        post(client, where, form(track, quick_tasks=value))

        track.refresh_from_db()
        assert track.quick_tasks == wanted


@pytest.mark.parametrize("given", ["4", "0", "-1", "many", "5.5", "99999999999"])
def test_number_of_first_tasks_that_makes_no_sense_is_refused(
    client: Client, track: Track, given: str
) -> None:
    response = client.post(
        address("hackathons_track_change", track.pk), form(track, quick_tasks=given)
    )

    assert response.status_code == 200
    assert len(response.context["adminform"].form.errors["quick_tasks"]) == 1
    track.refresh_from_db()
    assert track.quick_tasks is None


def test_option_stands_on_the_page_with_its_help(client: Client, track: Track) -> None:
    page = client.get(address("hackathons_track_change", track.pk)).text

    assert "Tasks scored first, for quick feedback" in page
    assert "A run begins with so many public tasks, the same ones for every team" in page


def test_the_database_refuses_too_few_first_tasks(track: Track) -> None:
    with pytest.raises(IntegrityError, match="track_quick_tasks_enough"):
        Track.objects.filter(pk=track.pk).update(quick_tasks=4)


def test_ladder_and_early_stops_together_are_refused_with_the_sentence(
    client: Client, track: Track
) -> None:
    both = form(track, ladder="on", stops_early="on")

    response = client.post(address("hackathons_track_change", track.pk), both)

    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert "Choose the Ladder or early stops, not both" in str(errors)


def test_the_database_refuses_both(track: Track) -> None:
    with pytest.raises(IntegrityError, match="track_ladder_or_stops_early"):
        Track.objects.filter(pk=track.pk).update(ladder=True, stops_early=True)
