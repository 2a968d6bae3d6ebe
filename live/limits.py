"""How much a browser may say to a socket that listens to nothing."""

from collections import deque

MAX_CHARACTERS = 1024
MAX_MESSAGES = 20
WINDOW_SECONDS = 10.0


class Intake:
    """Counts what comes in: small messages, and few of them in any ten seconds."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MAX_MESSAGES + 1)

    def takes(self, size: int, *, at: float) -> bool:
        """Whether a message of that size, come at that second, is still within the limits."""
        self._times.append(at)
        crowded = len(self._times) > MAX_MESSAGES and at - self._times[0] < WINDOW_SECONDS
        return size <= MAX_CHARACTERS and not crowded
