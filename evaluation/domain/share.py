"""Fair at the model server: every run that is going has its share of the server's slots."""

import asyncio
import logging
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from corral.gateway.server import Gateway
from corral.gateway.share import share_of
from evaluation.domain.patience import AWAY
from evaluation.enums import RunState
from evaluation.models import Run

log = logging.getLogger(__name__)


def runs_going(model_id: UUID) -> int:
    """How many runs may be asking the model just now, on all workers."""
    return Run.objects.filter(state=RunState.RUNNING, submission__model_id=model_id).count()


async def keep_share(gateway: Gateway, *, model_id: UUID, slots: int | None) -> None:
    """Give the gateway its share, anew with each heartbeat, for ever.

    Without a known number of `slots` a run may use what its rules allow.
    """
    while slots is not None:
        try:
            runs = await sync_to_async(runs_going)(model_id)
            gateway.share(share_of(slots, runs, gateway.rules.concurrency))
        except AWAY as error:
            log.warning("The share of the model server could not be counted: %s", error)
            await sync_to_async(close_old_connections)()
        await asyncio.sleep(settings.HEARTBEAT_SECONDS)
