"""Ends that are reached even when the one who waits for them is cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from corral.sandbox.base import Launch, Sandbox, SandboxProcess

T = TypeVar("T")
START_GRACE_SECONDS = 10.0


async def finish_for_certain(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` to its end; a cancellation that comes meanwhile is raised only afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()


async def start_for_certain(sandbox: Sandbox, launch: Launch) -> SandboxProcess:
    """Start a sandbox; if cancelled meanwhile, what was started is killed before this returns."""
    starting = asyncio.ensure_future(sandbox.start(launch))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await finish_for_certain(_abandon(starting))
        raise


async def cancel_for_certain(task: "asyncio.Task[None]") -> None:
    """Cancel a task and return when it has ended; how it ended is not told."""
    task.cancel()
    await finish_for_certain(_ended(task))


async def _ended(task: "asyncio.Task[None]") -> None:
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not report it as forgotten


async def _abandon(starting: "asyncio.Task[SandboxProcess]") -> None:
    """Let a start come to its end, so that there is something to kill."""
    done, _ = await asyncio.wait({starting}, timeout=START_GRACE_SECONDS)
    if not done:
        starting.cancel()
        await asyncio.wait({starting})
    if not starting.cancelled() and starting.exception() is None:
        await starting.result().kill()
