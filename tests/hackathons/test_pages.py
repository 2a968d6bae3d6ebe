"""The pages of hackathons and tracks: who sees what, and in how many queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from corral.suites.base import Split, Task
from hackathons.enums import RoleKind
from hackathons.models import Hackathon, Track
from tests.factories import (
    HackathonFactory,
    LanguageModelFactory,
    MembershipFactory,
    RoleFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
Queries = Callable[..., Any]


def task(key: str, split: Split, *tags: str) -> Task:
    return Task(
        key=key,
        input={"input": f"the question of {key}"},
        target=f"the target of {key}",
        scorer="exact",
        split=split,
        tags=tags,
    )


def test_home_lists_every_hackathon_with_its_state(client: Client) -> None:
    HackathonFactory(name="Now", frozen=True)
    HackathonFactory(name="Later", announced=True)

    page = client.get("/").content.decode()

    for words in ("Now", "Hacking", "Scoreboard frozen", "Later", "Announced"):
        assert words in page


def test_home_without_a_hackathon_says_so(client: Client) -> None:
    assert "No hackathon yet" in client.get("/").content.decode()


def test_home_asks_as_often_for_three_as_for_one(
    client: Client, django_assert_num_queries: Queries
) -> None:
    for count in (1, 3):
        while Hackathon.objects.count() < count:
            TrackFactory(hackathon=TeamFactory().hackathon)
        with django_assert_num_queries(2):  # with what more time they gave
            client.get("/")


def test_hackathon_page_asks_as_often_for_three_tracks_as_for_one(
    client: Client, django_assert_num_queries: Queries
) -> None:
    hackathon = HackathonFactory()
    for count in (1, 3):
        while Track.objects.count() < count:
            TrackFactory(hackathon=hackathon)
            TeamFactory(hackathon=hackathon)
        with django_assert_num_queries(5):  # the hackathon, more time, tracks, their models, teams
            client.get(hackathon.get_absolute_url())


def test_hackathon_page_speaks_its_own_time(client: Client) -> None:
    hackathon = HackathonFactory(
        time_zone="Asia/Tokyo",
        registration_opens_at="2026-05-01T15:30Z",
        hacking_starts_at="2026-05-02T00:00Z",
        submissions_close_at="2026-05-03T00:00Z",
        scoreboard_freezes_at=None,
    )

    page = client.get(hackathon.get_absolute_url()).content.decode()

    assert "Sat 2 May 2026, 00:30" in page
    assert "Asia/Tokyo" in page


def test_hackathon_page_of_nothing_is_404(client: Client) -> None:
    assert client.get("/h/nothing/").status_code == 404


def test_hackathon_page_escapes_what_people_wrote(client: Client) -> None:
    team = TeamFactory(name="<script>alert(1)</script>")

    page = client.get(team.hackathon.get_absolute_url()).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_hackathon_page_offers_edit_to_its_organizer_alone(client: Client) -> None:
    role = RoleFactory()
    edit = reverse("admin:hackathons_hackathon_change", args=[role.hackathon.pk])

    for person, offered in ((role.person, True), (RoleFactory().person, False)):
        client.force_login(person)
        page = client.get(role.hackathon.get_absolute_url()).content.decode()
        assert (edit in page) == offered


def test_track_page_shows_public_inputs_and_nothing_else_of_the_tasks(client: Client) -> None:
    version = SuiteVersionFactory(
        tasks=[task("shown", Split.PUBLIC), task("hidden", Split.PRIVATE)]
    )
    track = TrackFactory(suite_version=version)

    page = client.get(track.get_absolute_url()).content.decode()

    assert "the question of shown" in page
    assert "the question of hidden" not in page
    assert "the target" not in page
    assert "1 public" in page
    assert "1 private" in page


def test_track_page_shows_models_and_limits(client: Client) -> None:
    model = LanguageModelFactory(name="Tiny Llama", slug="tiny-llama")
    track = TrackFactory(allowed_models=[model], daily_quota=7, run_seconds=5400)

    page = client.get(track.get_absolute_url()).content.decode()

    for words in ("Tiny Llama", "tiny-llama", "7 a day", "1.5 h a run", "200,000 a run"):
        assert words in page


def test_track_page_of_another_hackathon_is_404(client: Client) -> None:
    track = TrackFactory()
    address = reverse("hackathons:track", args=[HackathonFactory().slug, track.slug])

    assert client.get(address).status_code == 404


def test_track_page_asks_as_often_for_three_models_as_for_one(
    client: Client, django_assert_num_queries: Queries
) -> None:
    for count in (1, 3):
        models = LanguageModelFactory.create_batch(count)
        track = TrackFactory(allowed_models=models)
        with django_assert_num_queries(5):  # track, more time, tasks, inputs, models
            client.get(track.get_absolute_url())


def test_hand_in_is_offered_to_members_in_time(client: Client) -> None:
    for traits, member, offered in (
        ({}, True, True),
        ({}, False, False),
        ({"closed": True}, True, False),
    ):
        track = TrackFactory(hackathon=HackathonFactory(**traits))
        person = UserFactory()
        if member:
            TeamFactory(hackathon=track.hackathon, members=[person])
        client.force_login(person)
        address = reverse("submissions:submit", args=[track.hackathon.slug, track.slug])

        page = client.get(track.get_absolute_url()).content.decode()

        assert (f'href="{address}"' in page) == offered


def test_judges_are_led_to_every_teams_submissions(client: Client) -> None:
    track = TrackFactory()
    address = reverse("evaluation:submissions", args=[track.hackathon.slug, track.slug])

    for person, offered in (
        (RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person, True),
        (UserFactory(), False),
    ):
        client.force_login(person)
        for page in (track.hackathon, track):
            html = client.get(page.get_absolute_url()).content.decode()
            assert (f'href="{address}"' in html) == offered


def test_track_page_shows_different_kinds_of_tasks_first(client: Client) -> None:
    tasks = [task(f"{tag}-{n}", Split.PUBLIC, tag) for tag in ("sum", "fact") for n in (1, 2, 3)]
    track = TrackFactory(suite_version=SuiteVersionFactory(tasks=tasks))

    page = client.get(track.get_absolute_url()).content.decode()

    for key, shown in (("sum-1", True), ("sum-2", True), ("sum-3", False), ("fact-1", True)):
        assert (f"the question of {key}" in page) == shown


def test_guide_is_for_everybody(client: Client) -> None:
    page = client.get("/guide/")

    assert page.status_code == 200
    assert "corral.toml" in page.content.decode()


@pytest.mark.parametrize("path", ["/", "/guide/", "/accounts/login/", "/accounts/signup/"])
def test_pages_have_nothing_that_the_policy_forbids(client: Client, path: str) -> None:
    response = client.get(path)
    page = response.content.decode()

    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page
    assert "<script>" not in page


def test_header_offers_the_admin_to_staff_alone(client: Client) -> None:
    for person, offered in ((UserFactory(is_staff=True), True), (UserFactory(), False)):
        client.force_login(person)
        assert ('href="/admin/"' in client.get("/").content.decode()) == offered


def test_team_list_counts_members(client: Client) -> None:
    team = TeamFactory(members=2)
    MembershipFactory(team=team)

    page = client.get(team.hackathon.get_absolute_url()).content.decode()

    assert "3 of 5" in page
