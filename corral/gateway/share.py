"""A run's share of its model server's slots: calls of many runs reach it interleaved."""

import asyncio
from collections import deque


def share_of(slots: int, runs: int, most: int) -> int:
    """How many calls at once each of some runs may have under way at a server of so many slots.

    Rounded up, so that no slot idles while every run has calls; never more than `most`, which is
    what the run's rules allow, and never less than one.
    """
    return max(1, min(most, -(-slots // max(1, runs))))


class Share:
    """An async context manager around a call: at most so many at once, the rest wait in line.

    For one event loop. Whoever is cancelled while it waits leaves the line.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._under_way = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """How many calls may be under way at once."""
        return self._limit

    def set(self, limit: int) -> None:
        """Change it, within 1 and `most`: who waits may begin, nobody who has begun is stopped."""
        self._limit = max(1, min(limit, self._most))
        self._let_in()

    async def __aenter__(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._line.append(place)
        self._let_in()
        try:
            await place
        except asyncio.CancelledError:
            self._leave(place)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._under_way -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._line and self._under_way < self._limit:
            place = self._line.popleft()
            if not place.done():  # else its call was cancelled
                self._under_way += 1
                place.set_result(None)

    def _leave(self, place: asyncio.Future[None]) -> None:
        """Of a call that was cancelled, maybe just as it was let in."""
        if not place.cancelled():
            self._under_way -= 1
            self._let_in()
