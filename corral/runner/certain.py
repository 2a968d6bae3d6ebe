"""Sandboxes and tasks that are ended for certain, even when who waits for that is cancelled."""

import asyncio

from corral.certain import finish_for_certain
from corral.sandbox.base import Launch, Sandbox, SandboxProcess

START_GRACE_SECONDS = 10.0


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
