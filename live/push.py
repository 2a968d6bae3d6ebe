"""Pushed: a message to everybody who watches a channel, as far as it can be delivered now."""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from live.groups import group_of
from live.topics import Message

logger = logging.getLogger(__name__)

# A channel layer can need many seconds after a restart of Redis; nobody who pushes waits so long.
TIMEOUT_SECONDS = 2.0


def push(*, topic: str, channel: str, message: Message) -> None:
    """Send a message to all who watch the channel; never raises.

    What is lost here is found in PostgreSQL by each consumer within a heartbeat.
    """
    try:
        async_to_sync(_send)(group_of(topic, channel), {"type": "live.message", **_body(message)})
    except Exception as error:
        logger.warning("Could not push to %s %s: %r", topic, channel, error)


def _body(message: Message) -> dict[str, Any]:
    return {"message": dict(message)}


async def _send(group: str, event: dict[str, Any]) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        layer: Any = get_channel_layer()
        await layer.group_send(group, event)
