"""Who is next of all that wait: the fair order, its limits, lanes, and what is counted for it."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from evaluation.domain import claim as claims
from evaluation.domain.cancel import cancel_run
from evaluation.domain.claim import Claim, claim_run, take_next
from evaluation.domain.endings import finish_failed, give_back, put_back
from evaluation.domain.flow import set_event_flow, set_track_flow, set_worker_flow
from evaluation.domain.roster import enlist
from evaluation.enums import RunState
from evaluation.models import Line, Run, Share, Worker
from hackathons.enums import Flow, Lane
from hackathons.models import Hackathon
from tests.evaluation.lines import (
    CLOSES,
    assert_counted,
    at_once,
    claimed,
    made_team,
    made_track,
    teams_of,
    waiting,
)
from tests.factories import HackathonFactory, UserFactory

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(hours=1)


def test_event_of_twice_the_weight_gets_twice_the_runs() -> None:
    heavy, light = made_track(), made_track()
    heavy.hackathon.share_weight = 2.0
    heavy.hackathon.save()
    for track in (light, heavy):
        team = made_team(track)
        for _ in range(6):
            waiting(track, team)

    got = Counter(run.submission.track for run in claimed(6))

    assert got == {heavy: 4, light: 2}


def test_team_of_twice_the_weight_gets_twice_the_runs() -> None:
    track = made_track()
    heavy, light = made_team(track, share_weight=2.0), made_team(track)
    for team in (light, heavy):
        for _ in range(6):
            waiting(track, team)

    assert Counter(teams_of(claimed(6))) == {heavy: 4, light: 2}


def test_events_come_before_their_teams() -> None:
    """An event of many teams gets no more than one with a single team."""
    many, single = made_track(), made_track()
    for _ in range(5):
        waiting(many, made_team(many), at=LONG_AGO)
    team = made_team(single)
    for _ in range(5):
        waiting(single, team)

    got = Counter(run.submission.track for run in claimed(6))

    assert got == {many: 3, single: 3}


@pytest.mark.parametrize(("seconds", "first"), [(119.0, True), (0.1, True), (0.0, False)])
def test_team_that_used_less_lately_goes_first(seconds: float, first: bool) -> None:
    track = made_track()
    old, new = made_team(track), made_team(track)
    waiting(track, old, at=LONG_AGO)
    waiting(track, new)
    Share.objects.filter(team=old).update(recent_seconds=seconds, measured_at=timezone.now())

    assert (teams_of(claimed())[0] == new) is first


def test_what_was_used_is_forgotten_by_half_every_ten_minutes() -> None:
    track = made_track()
    old, new = made_team(track), made_team(track)
    waiting(track, old, at=LONG_AGO)
    waiting(track, new)
    hour_ago = timezone.now() - timedelta(hours=1)
    Share.objects.filter(team=old).update(recent_seconds=3600.0, measured_at=hour_ago)
    Share.objects.filter(team=new).update(recent_seconds=60.0, measured_at=timezone.now())

    assert teams_of(claimed()) == [old]  # 3600 / 64 is less than 60


def test_nearer_deadline_goes_first() -> None:
    later, sooner = made_track(), made_track()
    sooner.hackathon.submissions_close_at = CLOSES - timedelta(minutes=1)
    sooner.hackathon.save()
    waiting(later, made_team(later), at=LONG_AGO)
    run = waiting(sooner, made_team(sooner))

    assert claimed() == [run]


def test_older_run_goes_first_among_equals() -> None:
    track = made_track()
    waiting(track, made_team(track))
    run = waiting(track, made_team(track), at=LONG_AGO)

    assert claimed() == [run]


def test_background_waits_for_all_others() -> None:
    track = made_track()
    busy, idle = made_team(track), made_team(track)
    waiting(track, idle, at=LONG_AGO, background=True)
    for _ in range(3):
        waiting(track, busy)

    assert teams_of(claimed(4)) == [busy, busy, busy, idle]


@pytest.mark.parametrize("lanes", [(Lane.CPU,), (Lane.LARGE,)])
def test_worker_takes_only_its_lanes(lanes: tuple[Lane, ...]) -> None:
    track = made_track(lane=Lane.GPU)
    run = waiting(track, made_team(track))

    assert claimed(lanes=lanes) == []
    assert claimed(lanes=(*lanes, Lane.GPU)) == [run]


def test_run_that_waits_for_its_next_try_holds_nobody_up() -> None:
    track = made_track()
    team = made_team(track)
    later = timezone.now() + timedelta(minutes=1)
    waiting(track, team, at=LONG_AGO, available_at=later)
    run = waiting(track, team)

    assert claimed(2) == [run]


@pytest.mark.parametrize("flow", [Flow.DRAINING, Flow.PAUSED])
@pytest.mark.parametrize("of", ["event", "track", "worker"])
def test_nothing_is_claimed_while_it_does_not_flow(flow: Flow, of: str) -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    enlist(name="runs@test", lanes=[Lane.CPU], slots=1)

    def let(flow: Flow) -> None:
        if of == "event":
            set_event_flow(hackathon=track.hackathon, flow=flow)
        elif of == "track":
            set_track_flow(track=track, flow=flow)
        else:
            set_worker_flow(worker=Worker.objects.get(), flow=flow)

    let(flow)
    assert claimed() == []
    let(Flow.OPEN)
    assert claimed() == [run]


@pytest.mark.parametrize("of", ["event", "track", "worker"])
def test_pause_puts_back_what_goes_and_drain_does_not(of: str) -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    enlist(name="runs@test", lanes=[Lane.CPU], slots=1)
    claimed()

    def let(flow: Flow) -> None:
        if of == "event":
            set_event_flow(hackathon=track.hackathon, flow=flow)
        elif of == "track":
            set_track_flow(track=track, flow=flow)
        else:
            set_worker_flow(worker=Worker.objects.get(), flow=flow)

    let(Flow.DRAINING)
    run.refresh_from_db()
    assert run.state == RunState.PREPARING
    let(Flow.PAUSED)
    run.refresh_from_db()
    assert (run.state, run.reason) == (
        RunState.QUEUED,
        "Paused by an organizer; it goes on where it stopped.",
    )
    assert run.attempts.get().outcome == "paused"


def test_requeued_run_keeps_its_place() -> None:
    track = made_track()
    team = made_team(track)
    first, second = waiting(track, team, at=LONG_AGO), waiting(track, team)
    claim = claim_run(worker="runs@test:1")
    assert claim is not None
    assert put_back(run_id=first.pk, attempt=claim.attempt, reason="Paused.")

    assert claimed(2) == [first, second]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of", ["event", "team", "track"])
def test_limit_holds_under_claims_at_once(of: str) -> None:
    event = HackathonFactory(
        max_runs=3 if of == "event" else None, team_max_runs=2 if of == "team" else None
    )
    track = made_track(event, max_runs=4 if of == "track" else None)
    other = made_track(event)
    teams = [made_team(track), made_team(track)]
    for team in teams:
        for _ in range(6):
            waiting(track, team)
            waiting(other, team)

    def claim_all() -> None:
        while claim_run(worker="runs@test:1"):
            pass

    at_once(8, claim_all)

    going = Run.objects.filter(state=RunState.PREPARING)
    by_team = Counter(going.values_list("submission__team", flat=True))
    if of == "event":
        assert going.count() == 3
    elif of == "team":
        assert set(by_team.values()) == {2}
    else:
        assert going.filter(submission__track=track).count() == 4
        assert going.count() == 4 + 12
    assert_counted()


def test_what_uses_nothing_for_weeks_is_still_claimed() -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    Share.objects.update(recent_seconds=30.0)
    for _ in range(15):  # each day it is begun, and stopped before it has used anything
        Share.objects.update(measured_at=LONG_AGO - timedelta(days=1))
        [taken] = claimed()
        assert put_back(run_id=run.pk, attempt=taken.attempt, reason="Paused.")

    assert set(Share.objects.values_list("recent_seconds", flat=True)) == {0.0}


@pytest.mark.django_db(transaction=True)
def test_claim_waits_for_nobody_who_changes_a_hackathon() -> None:
    track = made_track()
    run = waiting(track, made_team(track))
    with transaction.atomic():  # as a form in the admin does, or who joins a team
        Hackathon.objects.select_for_update(no_key=True).get(pk=track.hackathon_id)

        def claim() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            claim_run(worker="runs@test:1")

        at_once(1, claim)

    run.refresh_from_db()
    assert run.state == RunState.PREPARING


def test_nothing_is_claimed_of_an_event_whose_share_is_not_locked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    track, late = made_track(), made_track()
    run = waiting(track, made_team(track))
    team = made_team(late)

    def queue_just_then(*given: Any) -> Any:
        monkeypatch.undo()
        waiting(late, team, at=LONG_AGO)  # after the claim has locked what waited
        return take_next(*given)

    monkeypatch.setattr(claims, "take_next", queue_just_then)

    assert claimed(2) == [run, Run.objects.get(submission__track=late)]


def do_something(dice: random.Random, claims: list[Claim], places: list[tuple[object, ...]]) -> str:
    """One step of a history; what it was."""
    step = dice.choice(["enqueue", "claim", "claim", "fail", "cancel", "pause", "retry"])
    if step == "enqueue":
        track, team = dice.choice(places)
        waiting(track, team, background=dice.random() < 0.3)  # type: ignore[arg-type]
    elif step == "claim":
        if claim := claim_run(worker="runs@test:1"):
            claims.append(claim)
    elif step == "cancel":
        boss = UserFactory(is_superuser=True)
        if run := Run.objects.exclude(state__in=["cancelled", "failed", "errored"]).first():
            cancel_run(run=run, person=boss)
    elif claims:
        claim = claims.pop(dice.randrange(len(claims)))
        if Run.objects.filter(pk=claim.run_id, state=RunState.PREPARING).exists():
            Run.objects.filter(pk=claim.run_id).update(sandbox_seconds=dice.random() * 100)
            end(step, claim)
    return step


def end(step: str, claim: Claim) -> None:
    if step == "fail":
        finish_failed(claim, reason="it could not start.")
    elif step == "pause":
        put_back(run_id=claim.run_id, attempt=claim.attempt, reason="Paused.")
    else:
        give_back(claim, reason="the model was away.")
        Run.objects.filter(pk=claim.run_id).update(available_at=timezone.now())


@pytest.mark.parametrize("seed", range(3))
def test_counts_equal_a_recount_after_any_history(seed: int) -> None:
    dice = random.Random(seed)
    tracks = [made_track(), made_track()]
    tracks.append(made_track(tracks[0].hackathon))
    places = [(track, made_team(track)) for track in tracks for _ in range(2)]
    claims: list[Claim] = []

    steps = Counter(do_something(dice, claims, places) for _ in range(120))

    assert len(steps) == 6
    assert_counted()
    asked_for = Run.objects.filter(line__background=False)
    used = sum(asked_for.values_list("shared_seconds", flat=True))
    kept = sum(Share.objects.filter(team=None).values_list("recent_seconds", flat=True))
    assert kept == pytest.approx(used, rel=0.1)  # hardly anything is forgotten so soon
    assert Line.objects.filter(background=True).exists()
