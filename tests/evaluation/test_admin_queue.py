"""The queue's page: what a tired organizer needs, and brakes that only the right people touch."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluation.domain.claim import claim_run
from evaluation.domain.roster import enlist
from evaluation.domain.steer import steer_event, steer_track, steer_worker
from evaluation.enums import RunState
from evaluation.errors import MayNot
from evaluation.models import Worker
from hackathons.enums import Flow, Lane, RoleKind
from hackathons.models import Hackathon
from tests.evaluation.lines import claimed, made_team, made_track, waiting
from tests.evaluation.shadows import answered, started, track_with
from tests.factories import RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(hours=1)


@pytest.fixture
def theirs(client: Client) -> Hackathon:
    """The hackathon of the organizer who is logged in."""
    role = RoleFactory()
    client.force_login(role.person)
    hackathon: Hackathon = role.hackathon
    return hackathon


def page() -> str:
    return reverse("admin:evaluation_run_queue")


def steer(client: Client, what: str, row: Any, flow: str) -> Any:
    return client.post(page(), {"what": what, "pk": str(row.pk), "flow": flow}, follow=True)


def seated() -> Worker:
    enlist(name="runs@test", lanes=[Lane.CPU], slots=2)
    return Worker.objects.get()


def test_page_shows_what_waits_what_goes_and_who_works(client: Client, theirs: Hackathon) -> None:
    track = made_track(theirs, name="Sprint", max_runs=7)
    seated()
    enlist(name="gone@test", lanes=[Lane.CPU], slots=1)
    Worker.objects.filter(name="gone@test").update(seen_at=LONG_AGO)
    going = waiting(track, made_team(track, name="Ants"), at=LONG_AGO)
    claim_run(worker="runs@test:1")
    waits = waiting(track, made_team(track, name="Bees"))
    foreign = made_track()
    hidden = waiting(foreign, made_team(foreign))

    shown = client.get(page()).text

    for text in ("Sprint", "7 at once", "Ants", "Bees", "1 of 2", "runs@test:1", "not seen since"):
        assert text in shown
    assert going.submission.project_name in shown
    assert waits.submission.project_name in shown
    assert "Number 2 in the queue. Expected to start before" in shown
    assert hidden.submission.project_name not in shown
    assert foreign.name not in shown


def test_page_without_anything_opens(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True))

    shown = client.get(page()).text

    for text in ("You organize no hackathon.", "No worker has ever run.", "Nothing waits."):
        assert text in shown


@pytest.mark.parametrize("kind", [None, RoleKind.JUDGE])
def test_page_is_not_for_others(client: Client, kind: RoleKind | None) -> None:
    client.force_login(RoleFactory(kind=kind).person if kind else UserFactory())
    assert client.get(page()).status_code == 302


@pytest.mark.parametrize("what", ["event", "track"])
@pytest.mark.parametrize("flow", list(Flow))
def test_organizer_steers_their_own(
    client: Client, theirs: Hackathon, what: str, flow: Flow
) -> None:
    track = made_track(theirs)
    row = theirs if what == "event" else track

    shown = steer(client, what, row, flow.value).text

    row.refresh_from_db()
    assert row.flow == flow
    said = {Flow.OPEN: "goes on", Flow.DRAINING: "drains", Flow.PAUSED: "is paused"}[flow]
    assert f"{row} {said}." in shown
    assert LogEntry.objects.get().get_change_message() == f"{row} {said}."


def test_pause_from_the_page_puts_back_what_goes(client: Client, theirs: Hackathon) -> None:
    track = made_track(theirs)
    run = waiting(track, made_team(track))
    claim_run(worker="runs@test:1")

    shown = steer(client, "track", track, "paused").text

    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert "The organizers have paused this track; its runs go on when they resume it." in shown


@pytest.mark.parametrize("what", ["event", "track"])
def test_pause_is_not_undone_by_a_page_that_is_saved_just_then(what: str) -> None:
    track, person = made_track(), UserFactory(is_staff=True, is_superuser=True)
    row: Any = track.hackathon if what == "event" else track
    stale = type(row).objects.get(pk=row.pk)
    if what == "event":
        steer_event(hackathon=row, flow=Flow.PAUSED, person=person)
    else:
        steer_track(track=row, flow=Flow.PAUSED, person=person)

    stale.name = "Renamed"
    stale.save()

    row.refresh_from_db()
    assert (row.flow, row.name) == (Flow.PAUSED, "Renamed")


@pytest.mark.parametrize("what", ["event", "track", "worker"])
def test_nobody_steers_what_is_not_theirs(client: Client, theirs: Hackathon, what: str) -> None:
    foreign = made_track()
    row = {"event": foreign.hackathon, "track": foreign, "worker": seated()}[what]

    response = steer(client, what, row, "paused")

    assert response.status_code == (200 if what == "worker" else 404)
    row.refresh_from_db()
    assert row.flow == Flow.OPEN


def test_superuser_steers_a_worker(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    worker = seated()

    steer(client, "worker", worker, "draining")

    worker.refresh_from_db()
    assert worker.flow == Flow.DRAINING


@pytest.mark.parametrize(
    "sent", [{}, {"what": "event", "pk": "x", "flow": "open"}, {"what": "event", "flow": "open"}]
)
def test_nonsense_is_refused(client: Client, theirs: Hackathon, sent: dict[str, str]) -> None:
    assert client.post(page(), sent).status_code == 400


def test_steering_is_for_those_who_may() -> None:
    track, person = made_track(), UserFactory()
    judge = RoleFactory(hackathon=track.hackathon, kind=RoleKind.JUDGE).person
    organizer = RoleFactory(hackathon=track.hackathon).person
    for who in (person, judge):
        with pytest.raises(MayNot):
            steer_event(hackathon=track.hackathon, flow=Flow.PAUSED, person=who)
        with pytest.raises(MayNot):
            steer_track(track=track, flow=Flow.PAUSED, person=who)
    with pytest.raises(MayNot):
        steer_worker(worker=seated(), flow=Flow.PAUSED, person=organizer)


def test_workers_are_listed_and_nobody_edits_them(client: Client, theirs: Hackathon) -> None:
    worker = seated()
    Worker.objects.update(seen_at=LONG_AGO)

    shown = client.get(reverse("admin:evaluation_worker_changelist")).text
    change = reverse("admin:evaluation_worker_change", args=[worker.pk])

    assert "not seen since" in shown
    assert client.get(change).status_code == 200
    assert client.post(change, {"name": "x"}).status_code == 403
    assert client.get(reverse("admin:evaluation_worker_queue_page")).status_code == 302


def test_runs_of_a_re_evaluation_are_told_apart(client: Client, theirs: Hackathon) -> None:
    track = track_with({"a": "A"}, theirs)
    answered(track, {"a": "A"})
    started(track, track.suite_version)
    waiting(track, made_team(track))
    word = ">re-evaluation</span>"
    assert client.get(page()).text.count(word) == 1

    assert len(claimed(2)) == 2

    assert client.get(page()).text.count(word) == 1


def test_page_asks_as_often_for_three_runs_as_for_one(client: Client, theirs: Hackathon) -> None:
    track = made_track(theirs)
    seated()
    counts = []
    for more in (1, 2):
        for _ in range(more):
            waiting(track, made_team(track))
        with CaptureQueriesContext(connection) as queries:
            client.get(page())
        counts.append(len(queries))

    assert counts[0] == counts[1]
