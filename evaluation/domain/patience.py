"""Asking PostgreSQL from asynchronous code, with patience while it is away."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connections

T = TypeVar("T")
log = logging.getLogger(__name__)
RETRY_SECONDS = 0.5
AWAY = (OperationalError, InterfaceError)


class Ask(Protocol):
    """Runs a function in some thread that may use PostgreSQL."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Its result."""


def in_turn(work: Callable[[], T], /) -> Awaitable[T]:
    """In the thread that all synchronous code of an attempt shares."""
    return sync_to_async(work)()


@asynccontextmanager
async def own_thread(name: str) -> AsyncIterator[Ask]:
    """A thread of its own: what runs there waits for nobody's pushes and nobody's records."""
    own = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
    loop = asyncio.get_running_loop()

    def ask(work: Callable[[], T], /) -> Awaitable[T]:
        return loop.run_in_executor(own, work)

    try:
        yield ask
    finally:
        closed = asyncio.wrap_future(own.submit(connections.close_all))
        own.shutdown(wait=False)
        await asyncio.wait({closed}, timeout=RETRY_SECONDS)


async def insist(work: Callable[[], T], *, ask: Ask = in_turn) -> T:
    """Do it; while PostgreSQL is away try again, for as long as a lease can last.

    Raises:
        OperationalError, InterfaceError: it stayed away.
    """
    until = time.monotonic() + settings.LEASE_SECONDS
    while True:
        try:
            return await ask(work)
        except AWAY as error:
            if time.monotonic() > until:
                raise
            log.warning("PostgreSQL could not be asked: %s", error)
            await ask(close_old_connections)  # a cut connection never heals by itself
        await asyncio.sleep(RETRY_SECONDS)
