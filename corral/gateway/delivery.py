"""Bytes for clients that may not read: sent in time, or the client is given up."""

import asyncio
from collections.abc import Awaitable

from aiohttp import web

AT_ONCE = 16 * 1024  # bytes; a transport with less than that waiting makes nobody wait


async def send(
    request: web.BaseRequest, sending: Awaitable[None], *, size: int, seconds: float
) -> None:
    """Send so many bytes; a client that does not take them for so many seconds is given up.

    Raises:
        CancelledError: the client is gone.
    """
    try:
        if _goes_at_once(request, size):
            await sending
        else:
            async with asyncio.timeout(seconds):
                await sending
    except (TimeoutError, ConnectionError):
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError from None


async def finish(request: web.BaseRequest, response: web.StreamResponse, seconds: float) -> None:
    """Send what a reply has left to send, as `send`."""
    body = response.body if isinstance(response, web.Response) else None
    size = len(body) if isinstance(body, bytes) else 0
    await send(request, _rest(request, response), size=size, seconds=seconds)


async def _rest(request: web.BaseRequest, response: web.StreamResponse) -> None:
    await response.prepare(request)
    await response.write_eof()


def _goes_at_once(request: web.BaseRequest, size: int) -> bool:
    transport = request.transport
    return transport is not None and transport.get_write_buffer_size() + size < AT_ONCE
