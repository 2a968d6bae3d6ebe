"""How long a run stood still after who held it was killed or frozen; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Blow:
    """A worker was killed or frozen; all times are seconds since the epoch."""

    at: float
    worker: str
    how: str


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt; `ended` is infinite while it goes on, `run_ended` while its run does."""

    run: str
    number: int
    worker: str
    began: float
    ended: float
    run_ended: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """A run that went on, or ended, `seconds` after a blow; in some of them PostgreSQL was away."""

    run: str
    blow: Blow
    seconds: float
    without_postgres: float

    @property
    def net(self) -> float:
        """The seconds in which PostgreSQL was there."""
        return self.seconds - self.without_postgres


def recoveries(
    blows: Sequence[Blow], tried: Sequence[Tried], away: Sequence[tuple[float, float]]
) -> list[Recovery]:
    """One for each run that a worker held when it was hit; `away` is when PostgreSQL was."""
    found = []
    for blow in blows:
        for attempt in tried:
            if not _held(attempt, blow):
                continue
            again = _next(attempt, tried, after=blow.at)
            missing = sum(max(0.0, min(end, again) - max(begin, blow.at)) for begin, end in away)
            found.append(Recovery(attempt.run, blow, again - blow.at, missing))
    return found


def longest(found: Iterable[Recovery]) -> float:
    """The longest of them, without the time in which PostgreSQL was away."""
    return max((each.net for each in found), default=0.0)


def _held(attempt: Tried, blow: Blow) -> bool:
    return attempt.worker.startswith(blow.worker) and attempt.began <= blow.at < attempt.ended


def _next(attempt: Tried, tried: Iterable[Tried], *, after: float) -> float:
    starts = [
        each.began for each in tried if each.run == attempt.run and each.number > attempt.number
    ]
    return min([start for start in starts if start > after] + [attempt.run_ended])
