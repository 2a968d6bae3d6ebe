"""How many runs are claimed before a run that waits, and when it starts: pure numbers.

The claim picks the smallest key of (load of the event, its recent use, load of the team, its
recent use, deadline, age), a load being what runs for each unit of weight. A claim raises the
loads by a step, so the claims of a team, and of an event, come in rising order of their keys: a
run's place is a count of smaller keys, in closed form for each team, however many runs it has.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

SHORTEST_REST = 0.1  # of a usual run's time, for one that has taken longer already


@dataclass(frozen=True, slots=True)
class Side:
    """What an event, or a team, has of the workers; `used` lately, for each unit of weight."""

    running: int
    weight: float
    used: float

    def load(self, claims: int) -> float:
        """After so many more claims."""
        return (self.running + claims) / self.weight


@dataclass(frozen=True, slots=True)
class Crowd:
    """The runs of one team in one event that wait and may go on.

    `closes` is its deadline, `oldest` and `newest` when they were queued, in seconds of any
    clock; the others are taken to be spread evenly between the two.
    """

    event: UUID
    team: UUID
    event_side: Side
    team_side: Side
    waiting: int
    closes: float
    oldest: float
    newest: float

    def key(self, index: int) -> "Key":
        """Of its run with so many older ones."""
        spacing = (self.newest - self.oldest) / max(1, self.waiting - 1)
        return self.key_at(index, self.oldest + index * spacing)

    def key_at(self, index: int, queued: float) -> "Key":
        """Of its run with so many older ones, queued then."""
        side = self.team_side
        return Key(side.load(index), side.used, self.closes, queued)

    def before(self, key: "Key") -> int:
        """How many of its runs come before that key of another team."""
        before = _below(self.team_side, key.load, self.waiting)
        tied = before < self.waiting and self.team_side.load(before) == key.load
        return before + (tied and self.key(before) < key)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """By which the runs of one event are ordered."""

    load: float
    used: float
    closes: float
    queued: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits: whose, with how many older ones of the same team, since when."""

    event: UUID
    team: UUID
    older: int
    queued: float


@dataclass(frozen=True, slots=True)
class Queue:
    """All that wait and may go on, of the lanes of the same workers."""

    foreground: Sequence[Crowd]
    background: Sequence[Crowd]

    def before(self, run: Waiting, *, background: bool) -> int | None:
        """How many runs are claimed before it if none ends; None where it may not go on.

        In the background only about: what a team has running there counts in no share of its own.
        """
        if not background:
            return _before(run, self.foreground)
        first = sum(crowd.waiting for crowd in self.foreground)
        among = _before(run, _after_all(self.foreground, self.background))
        return None if among is None else first + among


def start_in(before: int, rests: Sequence[float], *, idle: int, duration: float) -> float:
    """Seconds until a run starts before which so many are claimed.

    `rests` are the seconds for which the runs that are going have been going, `idle` the slots
    that are free, `duration` what a run usually takes. There is at least one slot.
    """
    least = SHORTEST_REST * duration
    free = [0.0] * idle + sorted(max(least, duration - gone) for gone in rests)
    return free[before % len(free)] + before // len(free) * duration


def _before(run: Waiting, crowds: Sequence[Crowd]) -> int | None:
    events: dict[UUID, list[Crowd]] = defaultdict(list)
    for crowd in crowds:
        events[crowd.event].append(crowd)
    own = next((c for c in events[run.event] if c.team == run.team), None)
    if own is None:
        return None
    key = own.key_at(run.older, run.queued)
    others = (crowd for crowd in events[run.event] if crowd.team != run.team)
    within = run.older + sum(crowd.before(key) for crowd in others)
    mine = own.event_side
    return within + _of_other_events(events, run.event, mine, mine.load(within), key)


def _of_other_events(
    events: Mapping[UUID, Sequence[Crowd]], own: UUID, mine: Side, load: float, key: Key
) -> int:
    return sum(
        _of_event(crowds, mine, load, key) for event, crowds in events.items() if event != own
    )


def _of_event(crowds: Sequence[Crowd], mine: Side, load: float, key: Key) -> int:
    """Of another event: those at a smaller load, and perhaps the one at the same."""
    side, total = crowds[0].event_side, sum(crowd.waiting for crowd in crowds)
    before = _below(side, load, total)
    if before == total or side.load(before) != load or side.used > mine.used:
        return before
    # Its runs come in the order of their keys, so this one does if more of them than that do.
    tied = side.used < mine.used or sum(crowd.before(key) for crowd in crowds) > before
    return before + tied


def _below(side: Side, load: float, most: int) -> int:
    """How many claims, one after the other, are made at a smaller load."""
    count = min(most, max(0, math.ceil(load * side.weight) - side.running))
    while count > 0 and side.load(count - 1) >= load:  # the product may have been rounded
        count -= 1
    while count < most and side.load(count) < load:
        count += 1
    return count


def _after_all(foreground: Sequence[Crowd], background: Sequence[Crowd]) -> list[Crowd]:
    """The background as it stands once the foreground has been claimed."""
    events: dict[UUID, int] = defaultdict(int)
    teams: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for crowd in foreground:
        events[crowd.event] += crowd.waiting
        teams[crowd.event, crowd.team] += crowd.waiting
    return [
        replace(
            crowd,
            event_side=_with(crowd.event_side, events[crowd.event]),
            team_side=_with(crowd.team_side, teams[crowd.event, crowd.team]),
        )
        for crowd in background
    ]


def _with(side: Side, claims: int) -> Side:
    return replace(side, running=side.running + claims)
