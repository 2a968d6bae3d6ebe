"""How many calls may begin in a minute: a bucket of so many that fills again in one."""

import asyncio
import math
import time
from collections.abc import Callable

from corral.gateway.refusal import CallRefused


class RateExceeded(CallRefused):
    """Calls came faster than the track's rules let them."""

    def __init__(self, per_minute: int, wait: float) -> None:
        seconds = math.ceil(wait)
        super().__init__(
            429,
            f"This track's rules allow {per_minute:,} calls a minute; try again in {seconds} s.",
            kind="requests",
            code="rate_limit_exceeded",
            retry_after=seconds,
        )


class Rate:
    """A token bucket (None: it is never empty); `clock` gives seconds that only grow."""

    def __init__(self, per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left = float(per_minute or 0)
        self._at = clock()
        self._queue = asyncio.Lock()

    def begin(self) -> None:
        """One more call begins.

        Raises:
            RateExceeded: not now.
        """
        if self._per_minute is None:
            return
        if wait := self._wait(self._per_minute):
            raise RateExceeded(self._per_minute, wait)
        self._left -= 1

    async def begin_in_turn(self) -> None:
        """The same, but whoever is too early waits, in the order they came."""
        if self._per_minute is None:
            return
        async with self._queue:
            await asyncio.sleep(self._wait(self._per_minute))
            self._left -= 1  # others that do not wait may have been quicker: then it is in debt

    def _wait(self, per_minute: int) -> float:
        """Seconds until the next call may begin."""
        now = self._clock()
        self._left = min(per_minute, self._left + (now - self._at) * per_minute / 60)
        self._at = now
        return max(0.0, (1 - self._left) * 60 / per_minute)
