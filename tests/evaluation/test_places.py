"""Where runs wait: the order of real claims, when they may start, and why they don't."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluation.domain.claim import claim_run
from evaluation.domain.endings import finish_failed
from evaluation.domain.places import Place, places_of
from evaluation.domain.roster import enlist
from evaluation.models import Attempt, Run, Share, Worker
from evaluation.queue_text import place_text
from hackathons.enums import Flow, Lane
from tests.evaluation.lines import claimed, made_team, made_track, waiting
from tests.evaluation.shadows import answered, started, track_with, work_off
from tests.factories import HackathonFactory

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LONG_AGO = timezone.now() - timedelta(hours=1)


def place_of(run: Run) -> Place:
    return places_of([Run.objects.get(pk=run.pk)], at=timezone.now())[run.pk]


def seated(*lanes: Lane, slots: int = 1, name: str = "runs@test") -> None:
    enlist(name=name, lanes=lanes or [Lane.CPU], slots=slots)


@pytest.mark.parametrize("seed", range(4))
def test_places_are_the_order_of_real_claims(seed: int) -> None:
    dice = Random(seed)
    tracks = [made_track(), made_track()]
    tracks.append(made_track(tracks[0].hackathon))
    tracks[1].hackathon.share_weight = 2.0
    tracks[1].hackathon.save()
    for track in tracks:
        for _ in range(3):
            team = made_team(track, share_weight=dice.choice([0.5, 1.0, 3.0]))
            first = LONG_AGO + dice.randrange(1000) * SECOND
            background = dice.random() < 0.3
            for n in range(dice.randrange(1, 5)):
                waiting(track, team, at=first + 100 * n * SECOND, background=background)
    for share in Share.objects.all():
        share.recent_seconds = dice.choice([0.0, 30.0, 250.0])
        share.measured_at = timezone.now()
        share.save()
    claimed(2)  # some go already
    runs = Run.objects.filter(state="queued")
    live = runs.filter(line__background=False).count()

    places = places_of(runs, at=timezone.now())

    order = [run.pk for run in claimed(len(places))][:live]
    assert [places[run].position for run in order] == list(range(1, len(order) + 1))


def test_place_without_a_worker_says_so() -> None:
    track = made_track(lane=Lane.GPU)
    run = waiting(track, made_team(track))
    seated(Lane.CPU)

    assert place_of(run) == Place(1, reason="No worker for gpu is running.")


@pytest.mark.parametrize("flow", [Flow.DRAINING, Flow.PAUSED])
def test_place_with_only_workers_that_take_nothing(flow: Flow) -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    seated()
    Worker.objects.update(flow=flow)

    assert place_of(run) == Place(1, reason="The workers for cpu take no new runs for now.")


def test_place_of_what_an_idle_worker_can_take_starts_now() -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    seated(slots=2)

    place = place_of(run)

    assert place.position == 1
    assert place.expected_start_at is not None
    assert place.expected_start_at <= timezone.now()


def test_start_is_expected_by_what_runs_of_the_track_took_lately() -> None:
    track = made_track()
    team, now = made_team(track), timezone.now()
    seated()
    for seconds in (80, 120):
        waiting(track, team, at=LONG_AGO)
        claim = claim_run(worker="runs@test:1")
        assert claim is not None
        finish_failed(claim, reason="it could not start.")
        Attempt.objects.filter(run=claim.run_id).update(
            started_at=now - seconds * SECOND, ended_at=now
        )
    waiting(track, team, at=LONG_AGO)
    claimed()
    Attempt.objects.filter(ended_at=None).update(started_at=now - 30 * SECOND)
    runs = [waiting(track, team, at=now - n * SECOND) for n in (2, 1)]

    places = places_of(runs, at=now)

    starts = [places[run.pk].expected_start_at for run in runs]
    assert starts == [now + 70 * SECOND, now + 170 * SECOND]
    assert not places[runs[0].pk].at_most


def test_what_was_scored_again_says_nothing_of_how_long_a_run_takes() -> None:
    track = track_with({"a": "A"})
    answered(track, {"a": "A"})
    started(track, track.suite_version)
    assert work_off() == 1
    seated()
    run, now = waiting(track, made_team(track)), timezone.now()
    ahead = waiting(track, made_team(track), at=LONG_AGO)
    assert claimed() == [ahead]

    place = places_of([run], at=now)[run.pk]

    assert place.at_most
    assert place.expected_start_at is not None
    assert place.expected_start_at > now + 60 * SECOND


def test_start_is_bounded_by_the_limits_where_nothing_has_run() -> None:
    track = made_track(run_seconds=300.0)
    team, now = made_team(track), timezone.now()
    seated()
    waiting(track, team, at=LONG_AGO)
    run = waiting(track, team, at=now)

    place = places_of([run], at=now)[run.pk]

    assert place == Place(2, now + 300 * SECOND, at_most=True)


def test_run_that_is_tried_again_says_when() -> None:
    track = made_track()
    later = timezone.now() + 20 * SECOND
    run = waiting(track, made_team(track), available_at=later, attempt=1)

    place = place_of(run)

    assert (place.position, place.expected_start_at) == (None, later)
    assert place.reason == "It is tried again soon."


@pytest.mark.parametrize("of", ["event", "track"])
@pytest.mark.parametrize(
    ("flow", "start"),
    [(Flow.PAUSED, "The organizers have paused"), (Flow.DRAINING, "The organizers let nothing")],
)
def test_held_run_says_who_holds_it(of: str, flow: Flow, start: str) -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    held = track.hackathon if of == "event" else track
    type(held).objects.filter(pk=held.pk).update(flow=flow)

    place = place_of(run)

    assert place.reason.startswith(start)
    assert ("the hackathon" if of == "event" else "this track") in place.reason
    assert (place.position, place.expected_start_at) == (None, None)


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        ("team", "Your team has as many runs going as a team may have at once: 1."),
        ("track", "This track has as many runs going as it may have at once."),
        ("event", "The hackathon has as many runs going as it may have at once."),
    ],
)
def test_run_at_a_limit_says_which(of: str, reason: str) -> None:
    event = HackathonFactory(
        max_runs=1 if of == "event" else None, team_max_runs=1 if of == "team" else None
    )
    track = made_track(event, max_runs=1 if of == "track" else None)
    team = made_team(track)
    waiting(track, team, at=LONG_AGO)
    run = waiting(track, team)
    claimed()

    assert place_of(run) == Place(reason=reason)


def test_held_runs_of_others_are_not_before_it() -> None:
    held, track = made_track(), made_track()
    waiting(held, made_team(held), at=LONG_AGO)
    type(held).objects.filter(pk=held.pk).update(flow=Flow.PAUSED)

    assert place_of(waiting(track, made_team(track))).position == 1


def test_other_lanes_count_only_where_every_worker_takes_both() -> None:
    cpu, gpu = made_track(), made_track(lane=Lane.GPU)
    waiting(cpu, made_team(cpu), at=LONG_AGO)
    run = waiting(gpu, made_team(gpu))

    seated(Lane.CPU, Lane.GPU)
    assert place_of(run).position == 2
    seated(Lane.GPU, name="gpu@test")
    assert place_of(run).position == 1


def test_run_that_does_not_wait_has_no_place() -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    claimed()
    run.refresh_from_db()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert places_of([run], at=timezone.now()) == {}
    assert len(queries) == 0


def test_places_cost_the_same_for_one_and_for_three() -> None:
    track = made_track()
    runs = [waiting(track, made_team(track)) for _ in range(3)]
    seated()
    counts = []
    for some in (runs[:1], runs):
        with CaptureQueriesContext(connection) as queries:
            places_of(some, at=timezone.now())
        counts.append(len(queries))

    assert counts[0] == counts[1]


NOW = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "long", "short"),
    [
        (Place(2, NOW), "Number 2 in the queue. Starts at any moment.", "number 2"),
        (
            Place(3, NOW + 299 * SECOND),
            "Number 3 in the queue. Expected to start about 14:05.",
            "number 3",
        ),
        (
            Place(3, NOW + 300 * SECOND, at_most=True),
            "Number 3 in the queue. Expected to start before 14:05.",
            "number 3",
        ),
        (
            Place(1, reason="No worker for gpu is running."),
            "Number 1 in the queue. No worker for gpu is running.",
            "number 1",
        ),
        (
            Place(expected_start_at=NOW + 20 * SECOND, reason="It is tried again soon."),
            "It is tried again soon. Not before 14:00:20.",
            "Not before 14:00:20",
        ),
        (Place(reason="Paused."), "Paused.", "waits"),
        (Place(), "Waiting for a worker.", "waits"),
    ],
)
def test_place_in_words(place: Place, long: str, short: str) -> None:
    text = place_text(place, at=NOW, time_zone="Europe/Berlin")
    assert (text.long, text.short) == (long, short)
