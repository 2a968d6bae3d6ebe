"""The lease of an attempt, kept while it works."""

import asyncio
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import close_old_connections

from evaluation.domain.claim import Claim, renew_lease, still_held
from evaluation.domain.patience import AWAY, Ask, own_thread
from evaluation.errors import LeaseLost

LOOK_SECONDS = 0.4  # a cancelled run stops within a second


async def keep_lease(claim: Claim) -> None:
    """Renew until it is lost; PostgreSQL may be away for as long as the lease lasts.

    In a thread of its own: a record waits for pushes, and a heartbeat must not wait with it.

    Raises:
        LeaseLost: another may have the run by now.
    """
    async with own_thread("lease") as ask:
        await _renew_until_lost(claim, ask)
    raise LeaseLost("The lease was not renewed in time.")


async def _renew_until_lost(claim: Claim, ask: Ask) -> None:
    """Look often, so that a run that is cancelled or paused stops soon; renew now and then."""
    loop = asyncio.get_running_loop()
    renewed = loop.time()
    while loop.time() < (good_until := renewed + settings.LEASE_SECONDS):
        await asyncio.sleep(LOOK_SECONDS)
        asked = loop.time()
        due = asked >= renewed + settings.HEARTBEAT_SECONDS
        try:
            async with asyncio.timeout_at(good_until):
                held = await ask(partial(_closing_old, renew_lease if due else still_held, claim))
        except (*AWAY, TimeoutError):
            continue
        if not held:
            return
        if due:
            renewed = asked


def _closing_old(look: Callable[[Claim], bool], claim: Claim) -> bool:
    """Ask; a connection that PostgreSQL has cut is given up, so that the next one is new."""
    try:
        return look(claim)
    finally:
        close_old_connections()
