"""What waits to be sent to one browser: bounded, so that a slow one costs little."""

import asyncio
from collections import deque

from live.topics import Message


class Outbox:
    """Messages in order of arrival, at most `size`.

    When it overflows, all of them are dropped and `overflowed` says so: the state is then read
    from PostgreSQL, which costs less than a long queue and is never wrong.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.overflowed = False
        self._waiting: deque[Message] = deque()
        self._arrived = asyncio.Event()

    def offer(self, message: Message) -> None:
        """Add a message; never waits."""
        if len(self._waiting) >= self.size:
            self._waiting.clear()
            self.overflowed = True
        if not self.overflowed:
            self._waiting.append(message)
        self._arrived.set()

    async def arrived(self, seconds: float) -> None:
        """Wait until something is here, at most so long."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._arrived.wait()
        except TimeoutError:
            pass

    def take(self) -> tuple[list[Message], bool]:
        """Everything that waits, and whether something was lost; it is empty afterwards."""
        taken, lost = list(self._waiting), self.overflowed
        self._waiting.clear()
        self._arrived.clear()
        self.overflowed = False
        return taken, lost
