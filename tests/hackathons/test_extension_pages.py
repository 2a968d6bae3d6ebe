"""More time on the pages: a grace is everybody's to see, an extension its own team's alone."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from hackathons.enums import RoleKind
from hackathons.models import Extension, Track
from tests.factories import (
    ExtensionFactory,
    HackathonFactory,
    RoleFactory,
    SubmissionFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
WHY = "The storage was away."


@pytest.fixture
def track() -> Track:
    return TrackFactory(hackathon=HackathonFactory(closed=True))


def page(where: str, person: User | None) -> str:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client.get(where, follow=True).text


def pages(track: Track) -> list[str]:
    slug = track.hackathon.slug
    return [
        reverse("hackathons:home"),
        track.hackathon.get_absolute_url(),
        track.get_absolute_url(),
        reverse("hackathons:team", args=[slug]),
        reverse("submissions:submit", args=[slug, track.slug]),
        reverse("evaluation:submissions", args=[slug, track.slug]),
    ]


def given(track: Track) -> tuple[Extension, User]:
    """An extension, and a member of its team."""
    team = TeamFactory(hackathon=track.hackathon)
    return ExtensionFactory(team=team, reason=WHY), team.people.get()


def test_its_team_reads_of_it_and_may_hand_in(track: Track) -> None:
    _, member = given(track)
    _, event, of_track, team, submit, _ = (page(where, member) for where in pages(track))

    for seen in (event, team):
        assert "Your team has more time" in seen
        assert WHY in seen
    assert "Your team: until" in of_track
    assert "Your team's submissions close" in submit
    assert WHY in submit
    hand_in = reverse("submissions:submit", args=[track.hackathon.slug, track.slug])
    assert all(f'href="{hand_in}"' in seen for seen in (event, of_track, team))


def test_nobody_else_reads_of_it(track: Track) -> None:
    given(track)
    hackathon = track.hackathon
    people: list[User | None] = [
        None,
        UserFactory(),
        TeamFactory(hackathon=hackathon).people.get(),
        RoleFactory(hackathon=hackathon, kind=RoleKind.JUDGE).person,
    ]

    for person in people:
        for where in pages(track):
            seen = page(where, person)
            assert WHY not in seen
            assert "more time" not in seen
            assert "until <time" not in seen


def test_grace_is_read_by_everybody(track: Track) -> None:
    ExtensionFactory(team=None, hackathon=track.hackathon, reason=WHY)
    home, event, of_track, *_ = pages(track)

    for person in (None, TeamFactory(hackathon=track.hackathon).people.get()):
        assert "Grace for all: until" in page(home, person)
        assert "Grace for all: until" in page(of_track, person)
        assert "Grace for all teams ends" in page(event, person)
        assert WHY in page(event, person)


def test_grace_does_not_call_for_new_teams(track: Track) -> None:
    ExtensionFactory(team=None, hackathon=track.hackathon)
    assert "Found or join a team" not in page(track.get_absolute_url(), UserFactory())


def test_final_is_declared_on_the_page_while_it_lasts(track: Track) -> None:
    extension, member = given(track)
    SubmissionFactory(track=track, team=extension.team)
    assert "Declare final" in page(pages(track)[-1], member)

    other = SubmissionFactory(track=track)
    assert "Declare final" not in page(pages(track)[-1], other.team.people.get())


def test_page_says_when_it_closed_for_the_team(track: Track) -> None:
    extension, member = given(track)
    now = timezone.now()
    Extension.objects.filter(pk=extension.pk).update(revoked_at=now)

    submit = page(pages(track)[4], member)

    assert "Submissions are not open" in submit
    assert f"to {now.day} {now:%B, %H:%M} (UTC) for your team" in submit


def test_frozen_scoreboard_is_said_beside_it(track: Track) -> None:
    _, member = given(track)
    seen = page(track.hackathon.get_absolute_url(), member)
    assert "The scoreboard stays frozen" in seen
