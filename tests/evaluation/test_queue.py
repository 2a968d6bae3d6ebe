"""Places in the queue: the closed form against a plain simulation of the claims."""

from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.queue import Crowd, Queue, Side, Waiting, start_in

WEIGHTS = st.sampled_from([0.1, 0.3, 0.5, 1.0, 1.0, 1.0, 2.0, 3.0, 7.0])
EVENTS, TEAMS = 4, 12


def named(number: int) -> UUID:
    return UUID(int=number)


@st.composite
def sides(draw: st.DrawFn) -> Side:
    return Side(draw(st.integers(0, 4)), draw(WEIGHTS), float(draw(st.integers(0, 2))))


@st.composite
def crowds(draw: st.DrawFn) -> list[Crowd]:
    """One of each team, each team in one event; ages are never the same."""
    events = draw(st.lists(sides(), min_size=EVENTS, max_size=EVENTS))
    made = []
    for team in range(draw(st.integers(1, TEAMS))):
        event = draw(st.integers(0, EVENTS - 1))
        waiting = draw(st.integers(1, 8))
        oldest = draw(st.integers(0, 50)) + team / 100
        newest = oldest if waiting == 1 else oldest + draw(st.integers(1, 50)) + team / 7919
        made.append(
            Crowd(
                event=named(event),
                team=named(100 + team),
                event_side=events[event],
                team_side=draw(sides()),
                waiting=waiting,
                closes=float(event % 2),
                oldest=oldest,
                newest=newest,
            )
        )
    return made


@dataclass
class Simulated:
    """A crowd of which some were claimed."""

    crowd: Crowd
    taken: int = 0


def simulated(crowds: list[Crowd]) -> list[tuple[UUID, int]]:
    """All claims in order, one by one: the team, and how many of it went before."""
    state = [Simulated(crowd) for crowd in crowds]
    loads: dict[UUID, int] = {}
    claims = []
    while left := [one for one in state if one.taken < one.crowd.waiting]:

        def rank(one: Simulated) -> tuple[object, ...]:
            event = one.crowd.event_side
            load = event.load(loads.get(one.crowd.event, 0))
            return load, event.used, one.crowd.key(one.taken)

        best = min(left, key=rank)
        claims.append((best.crowd.team, best.taken))
        best.taken += 1
        loads[best.crowd.event] = loads.get(best.crowd.event, 0) + 1
    return claims


def places(queue: Queue, crowds: list[Crowd], *, background: bool) -> dict[int | None, object]:
    return {
        queue.before(
            Waiting(crowd.event, crowd.team, older, crowd.key(older).queued), background=background
        ): (crowd.team, older)
        for crowd in crowds
        for older in range(crowd.waiting)
    }


@settings(deadline=None, max_examples=300)
@given(crowds())
def test_places_are_those_of_a_plain_simulation(made: list[Crowd]) -> None:
    found = places(Queue(made, []), made, background=False)

    assert found == dict(enumerate(simulated(made)))


@settings(deadline=None)
@given(crowds(), st.data())
def test_background_comes_after_all_others(made: list[Crowd], data: st.DataObject) -> None:
    back = [
        replace(crowd, waiting=data.draw(st.integers(1, 3)))
        for crowd in made
        if data.draw(st.booleans())
    ]
    first = sum(crowd.waiting for crowd in made)

    found = places(Queue(made, back), back, background=True)

    count = sum(crowd.waiting for crowd in back)
    assert set(found) == set(range(first, first + count))


def test_run_that_may_not_go_on_has_no_place() -> None:
    run = Waiting(named(1), named(2), 0, 0.0)
    assert Queue([], []).before(run, background=False) is None
    assert Queue([], []).before(run, background=True) is None


def test_single_run_waits_for_no_more_than_one_of_each_team() -> None:
    """However many runs another team has queued."""
    idle = Side(0, 1.0, 0.0)
    made = [
        Crowd(named(1), named(team), idle, idle, waiting, 0.0, 10.0 - team, 10.0)
        for team, waiting in ((2, 100_000), (3, 1))
    ]

    assert Queue(made, []).before(Waiting(named(1), named(3), 0, 10.0), background=False) == 1


@pytest.mark.parametrize(
    ("before", "gone", "idle", "seconds"),
    [
        (0, [], 1, 0.0),
        (1, [], 1, 60.0),
        (3, [], 2, 60.0),
        (0, [20.0], 0, 40.0),
        (1, [20.0], 0, 100.0),
        (0, [20.0], 1, 0.0),
        (1, [20.0], 1, 40.0),
        (0, [20.0, 50.0], 0, 10.0),
        (4, [20.0, 50.0], 0, 130.0),
        (0, [600.0], 0, 6.0),
    ],
)
def test_start_in(before: int, gone: list[float], idle: int, seconds: float) -> None:
    assert start_in(before, gone, idle=idle, duration=60.0) == pytest.approx(seconds)
