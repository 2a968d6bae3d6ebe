"""What a service is: what to start, how to know that it is up, and how to stop it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals


def at_once() -> bool:
    """The probe of a service that is ready as soon as it runs."""
    return True


def nothing() -> None:
    """What a service does before it starts if it needs nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of stopping: a signal to the main process, and the seconds it is given."""

    signal: Signals
    grace: float


GENTLY = (Step(Signals.SIGTERM, 3.0),)


@dataclass(frozen=True, slots=True)
class Service:
    """A process that is kept running, in a session of its own.

    Its environment is exactly `environment`. It is stopped by the steps in `stopping`, and then by
    SIGKILL to its whole session. A higher `stage` is stopped before a lower one. It is ready when
    `ready` says so and, if it `says` something, when that is in its log.
    """

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: Path = Path("/")
    user: int | None = None
    before: Callable[[], None] = nothing
    ready: Callable[[], bool] = at_once
    says: bytes = b""
    ready_within: float = 60.0
    stopping: tuple[Step, ...] = GENTLY
    stage: int = 1

    @property
    def dying(self) -> Signals:
        """What the kernel sends it when the launcher is killed: the hardest of its own steps."""
        return self.stopping[-1].signal
