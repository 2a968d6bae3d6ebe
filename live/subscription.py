"""Listening to the channel layer, however often it goes away."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer

from live.topics import Message

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


async def listen(group: str, offer: Callable[[Message], None]) -> None:
    """Hand every message that is sent to the group to `offer`, until cancelled.

    While Redis is away this tries again; nothing is raised, since the consumer lives on by what
    it reads from PostgreSQL.
    """
    while True:
        try:
            await _listen_once(group, offer)
        except Exception as error:
            logger.warning("Not subscribed to %s: %r; trying again", group, error)
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(group: str, offer: Callable[[Message], None]) -> None:
    layer: Any = get_channel_layer()
    channel = await layer.new_channel()
    try:
        await layer.group_add(group, channel)
        while True:
            offer((await layer.receive(channel))["message"])
    finally:
        await _leave(layer, group, channel)


async def _leave(layer: Any, group: str, channel: str) -> None:
    try:
        await layer.group_discard(group, channel)
    except Exception as error:
        logger.warning("Could not leave %s: %r", group, error)
