"""What is done to the platform, and when: all of it decided by a seed before anything starts."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

FULL = 300  # runs to which the counts below belong; for fewer they shrink


class FaultKind(StrEnum):
    """What happens. The first four are the kills that a run of this command promises."""

    WORKER = "worker"
    BEAT = "beat"
    REDIS = "redis"
    POSTGRES = "postgres"
    CUT = "cut"  # of the connections to Redis
    FREEZE = "freeze"  # of a worker, for longer than its lease
    UPLOAD = "upload"  # the process that takes uploads is killed


KILLS = (FaultKind.WORKER, FaultKind.BEAT, FaultKind.REDIS, FaultKind.POSTGRES)
COUNTS: Mapping[FaultKind, int] = {
    FaultKind.WORKER: 20,
    FaultKind.BEAT: 10,
    FaultKind.REDIS: 11,
    FaultKind.POSTGRES: 11,
    FaultKind.CUT: 12,
    FaultKind.FREEZE: 8,
    FaultKind.UPLOAD: 4,
}
MOST_KILLS_WANTED = 40
EACH_KIND_WANTED = 10
# How it is done: in turn, so that each is, however few there are.
MANNERS: Mapping[FaultKind, Sequence[str]] = {
    FaultKind.WORKER: ("group", "main", "group", "child"),
    FaultKind.BEAT: ("group",),
    FaultKind.REDIS: ("group",),
    FaultKind.POSTGRES: ("session", "main"),
    FaultKind.CUT: ("reset", "hole", "refuse", "forget"),
    FaultKind.FREEZE: ("group",),
    FaultKind.UPLOAD: ("group",),
}
# Seconds until what was killed is started again, or what was cut or frozen goes on.
AWAY: Mapping[FaultKind, tuple[float, float]] = {
    FaultKind.WORKER: (0.2, 3.0),
    FaultKind.BEAT: (0.2, 3.0),
    FaultKind.REDIS: (0.2, 3.0),
    FaultKind.POSTGRES: (0.2, 2.5),
    FaultKind.CUT: (0.5, 4.0),
    FaultKind.FREEZE: (1.1, 1.5),  # times the lease
    FaultKind.UPLOAD: (0.2, 1.0),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`at` seconds after the beginning; `pick`, from 0 to 1, chooses among those it can hit."""

    at: float
    kind: FaultKind
    manner: str
    pick: float
    away: float


@dataclass(frozen=True, slots=True)
class Upload:
    """`at` seconds after the beginning; `team` is the number of one of the teams."""

    at: float
    kind: str
    team: int


def scaled(count: int, runs: int) -> int:
    """So many of it for so many runs; at least one."""
    return max(1, math.ceil(count * runs / FULL))


def planned_faults(*, seed: int, runs: int, window: float, lease: float) -> list[Fault]:
    """All faults in order, spread over `window` seconds; the same for the same seed."""
    chance = random.Random(f"faults {seed}")
    drawn = [
        (kind, MANNERS[kind][number % len(MANNERS[kind])])
        for kind, count in COUNTS.items()
        for number in range(scaled(count, runs))
    ]
    chance.shuffle(drawn)
    step = window / len(drawn)
    return [
        Fault(
            at=(number + chance.random()) * step,
            kind=kind,
            manner=manner,
            pick=chance.random(),
            away=chance.uniform(*AWAY[kind]) * (lease if kind is FaultKind.FREEZE else 1.0),
        )
        for number, (kind, manner) in enumerate(drawn)
    ]


def planned_uploads(
    *, seed: int, runs: int, window: float, weights: Mapping[str, int], teams: int
) -> list[Upload]:
    """All uploads in order of time: each kind as often as its weight says, in a random order."""
    chance = random.Random(f"uploads {seed}")
    kinds = in_proportion(weights, runs)
    chance.shuffle(kinds)
    moments = sorted(chance.uniform(0.0, window) for _ in kinds)
    return [
        Upload(at, kind, chance.randrange(teams)) for at, kind in zip(moments, kinds, strict=True)
    ]


def in_proportion(weights: Mapping[str, int], count: int) -> list[str]:
    """So many names, each as often as its weight asks; every one at least once if there is room."""
    turns = [name for turn in range(max(weights.values())) for name in _of_turn(weights, turn)]
    return [turns[number % len(turns)] for number in range(count)]


def _of_turn(weights: Mapping[str, int], turn: int) -> Iterable[str]:
    return (name for name, weight in weights.items() if weight > turn)


def lacking(kills: Mapping[FaultKind, int], runs: int) -> list[str]:
    """A sentence for each promise about the number of kills that was not kept."""
    each = scaled(EACH_KIND_WANTED, runs)
    found = [
        f"only {kills.get(kind, 0)} of at least {each} kills of {kind}"
        for kind in KILLS
        if kills.get(kind, 0) < each
    ]
    total, wanted = sum(kills.get(kind, 0) for kind in KILLS), scaled(MOST_KILLS_WANTED, runs)
    return found + ([f"only {total} of at least {wanted} kills"] if total < wanted else [])
