"""A socket that a gateway serves, and the connections that came through it."""

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from aiohttp import web

from corral.errors import PlatformError
from corral.gateway.connections import Connection, WebServer
from corral.gateway.delivery import finish
from corral.gateway.limits import GatewayLimits

BACKLOG = 256

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Serves one listening socket, which is its own from now on, until it is closed."""

    def __init__(self, handle: Handle, limits: GatewayLimits) -> None:
        self._handle = handle
        self._limits = limits
        self._handlers: set[asyncio.Task[object]] = set()
        self._server: asyncio.Server | None = None
        self._web = WebServer(self._tracked, limits)

    async def start(self, listening: socket.socket) -> None:
        """Serve a bound socket.

        Raises:
            PlatformError: it can't be listened on.
        """
        loop = asyncio.get_running_loop()
        unix = listening.family == socket.AF_UNIX
        serve = loop.create_unix_server if unix else loop.create_server
        try:
            self._server = await serve(self._web, sock=listening, backlog=BACKLOG)
        except BaseException as error:
            listening.close()
            if isinstance(error, OSError):
                raise _unusable(error) from error
            raise

    @property
    def serving(self) -> bool:
        return self._server is not None

    async def close(self) -> None:
        """Stop listening, end what came through it, and wait until that is settled. Idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None
        handlers = {task for task in self._handlers if task is not asyncio.current_task()}
        for task in handlers:
            task.cancel()
        if handlers:
            await asyncio.wait(handlers)
        await self._web.shutdown(0.1)

    async def _tracked(self, request: web.BaseRequest) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            response = await self._handle(request)
            await finish(request, response, self._limits.write_seconds)
            return response
        finally:
            self._handlers.discard(task)
            cast(Connection, request.protocol).request_ends()


def bound(path: Path, owner: int | None) -> socket.socket:
    """A bound Unix socket that nobody else can connect to: its mode is set before it listens.

    Raises:
        PlatformError: it can't be made.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _make_way(path)
        listening.bind(str(path))
        path.chmod(0o600)
        if owner is not None:
            os.chown(path, owner, -1)
    except OSError as error:
        listening.close()
        raise _unusable(error) from error
    return listening


def _make_way(path: Path) -> None:
    """Remove a socket that was left behind."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()


def _unusable(error: OSError) -> PlatformError:
    return PlatformError(f"The gateway's socket can't be made: {error.strerror or error}.")
