"""Pages and answers about re-evaluations and more time ask as often for three as for one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from evaluation.domain.reevaluate import discard_reevaluation
from evaluation.models import Reevaluation
from hackathons.models import Track
from tests.evaluation.shadows import (
    answered,
    next_version,
    organizer_of,
    started,
    track_with,
    work_off,
)
from tests.factories import ExtensionFactory, HackathonFactory, TeamFactory

pytestmark = pytest.mark.django_db(transaction=True)
TASKS = {"a": "A", "p": "P"}
CHANGED = {"a": "B", "p": "P"}
HOUR = timedelta(hours=1)


@pytest.fixture
def track() -> Track:
    return track_with(TASKS)


@pytest.fixture
def organizer(track: Track) -> User:
    return organizer_of(track)


@pytest.fixture
def browser(organizer: User) -> Client:
    client = Client()
    client.force_login(organizer)
    return client


def asked(client: Client, address: str) -> int:
    """How many queries one page takes, once what is kept for long is known."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def grows_not(client: Client, address: str, add: Callable[[], Any]) -> None:
    add()
    once = asked(client, address)
    add()
    add()
    assert asked(client, address) == once


def decided(track: Track, organizer: User) -> Reevaluation:
    begun = started(track, track.suite_version, organizer)
    discard_reevaluation(reevaluation=begun, person=organizer)
    return begun


@pytest.mark.parametrize(
    "where",
    [
        "track",
        "board",
        "/api/v1/tracks/{}/reevaluations/",
        "/api/v1/tracks/{}/board/",
        "admin:evaluation_reevaluation_changelist",
    ],
)
def test_decisions(browser: Client, track: Track, organizer: User, where: str) -> None:
    slugs = [track.hackathon.slug, track.slug]
    known = {
        "track": reverse("hackathons:track", args=slugs),
        "board": reverse("scoreboards:board", args=slugs),
    }
    address = reverse(where) if where.startswith("admin") else known.get(where)
    grows_not(browser, address or where.format(track.pk), lambda: decided(track, organizer))


@pytest.mark.parametrize("where", ["admin", "api"])
def test_preview_of_submissions(browser: Client, track: Track, organizer: User, where: str) -> None:
    counts = []
    for _ in range(2):
        answered(track, TASKS)
        for one in Reevaluation.objects.filter(decided_at=None):
            discard_reevaluation(reevaluation=one, person=organizer)
        begun = started(track, next_version(track, CHANGED), organizer)
        work_off()
        page = reverse("admin:evaluation_reevaluation_change", args=[begun.pk])
        counts.append(
            asked(browser, page if where == "admin" else f"/api/v1/reevaluations/{begun.pk}/")
        )
        answered(track, TASKS)
    assert counts[0] == counts[1]


def test_form_that_begins_one(browser: Client, track: Track) -> None:
    def another() -> None:
        next_version(track_with(TASKS, track.hackathon), CHANGED)

    grows_not(browser, reverse("admin:evaluation_reevaluation_add"), another)


@pytest.mark.parametrize("where", ["home", "hackathon", "admin", "/api/v1/hackathons/"])
def test_extensions(browser: Client, track: Track, where: str) -> None:
    event = track.hackathon
    known = {
        "home": reverse("hackathons:home"),
        "hackathon": event.get_absolute_url(),
        "admin": reverse("admin:hackathons_hackathon_change", args=[event.pk]),
    }

    def more() -> None:
        ExtensionFactory(hackathon=event, team=None, until=event.submissions_close_at + HOUR)

    grows_not(browser, known.get(where, where), more)


@pytest.mark.parametrize("where", ["home", "/api/v1/hackathons/"])
def test_hackathons_with_more_time(browser: Client, where: str) -> None:
    def another() -> None:
        event = HackathonFactory(closed=True)
        for team in (None, TeamFactory(hackathon=event)):
            ExtensionFactory(hackathon=event, team=team)

    grows_not(browser, reverse("hackathons:home") if where == "home" else where, another)
