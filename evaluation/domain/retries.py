"""When a run is tried again, and when not any more: pure, and all of it values."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt ended.

    ERRORED: the platform could not go on. KILLED: the process that evaluated the run died or was
    silent past its lease, while its worker lived on. LOST: the whole worker went, machine and all
    perhaps. PAUSED: an organizer stopped it for a while, or an early stop was no longer allowed.
    STOPPED: it was surely worse than its team's best run.
    """

    SCORED = "scored"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped early"
    PAUSED = "paused"
    ERRORED = "errored"
    KILLED = "killed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How many attempts may end in each way, and how long a run waits before the next.

    A run that its worker's death says nothing about gets more of them: machines fail in rows. One
    that its worker survives without its process is poisonous sooner. The wait in seconds is
    `first_wait` times `factor` for each error before, at most `longest_wait`, and is spread by
    `jitter` (a fraction) both ways, so that what failed together does not come back together.
    """

    errored: int = 3
    killed: int = 2
    lost: int = 5
    first_wait: float = 5.0
    factor: float = 4.0
    longest_wait: float = 300.0
    jitter: float = 0.2

    def limit(self, outcome: Outcome) -> int | None:
        """How many attempts of a run may end so; None: any number."""
        limits = {
            Outcome.ERRORED: self.errored,
            Outcome.KILLED: self.killed,
            Outcome.LOST: self.lost,
        }
        return limits.get(outcome)

    def wait(self, errors: int, roll: float) -> float:
        """Seconds before the attempt after so many errors; `roll` is uniform from 0 to 1."""
        plain = min(self.longest_wait, self.first_wait * self.factor ** (errors - 1))
        return plain * (1 + self.jitter * (2 * roll - 1))


@dataclass(frozen=True, slots=True)
class Again:
    """Try again, not before so many seconds have passed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Enough:
    """End the run as the platform's fault; `why` begins the reason."""

    why: str


def decide(outcomes: Sequence[str], policy: RetryPolicy, roll: float) -> Again | Enough:
    """What follows from how a run's attempts ended, oldest first; the last one just did."""
    last = Outcome(outcomes[-1])
    count = sum(outcome == last for outcome in outcomes)
    limit = policy.limit(last)
    if limit is not None and count >= limit:
        return Enough(_why(last, count))
    return Again(policy.wait(count, roll) if last is Outcome.ERRORED else 0.0)


def _why(outcome: Outcome, count: int) -> str:
    times = "once" if count == 1 else f"{count} times"
    match outcome:
        case Outcome.KILLED:
            return f"It took the process that evaluated it down {times}, so it is not passed on"
        case Outcome.LOST:
            return f"Its worker was lost {times}"
        case _:
            return f"The platform failed {times}"
