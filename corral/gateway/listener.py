"""A socket that a gateway serves, and the connections that came through it."""

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from corral.errors import PlatformError
from corral.gateway.limits import GatewayLimits
from corral.gateway.refusal import INVALID, error_body
from corral.gateway.replies import as_bytes

log = logging.getLogger(__name__)
BACKLOG = 256
HEADERS = {"Server": "corral"}
ERROR_HEADERS = {**HEADERS, "x-should-retry": "false"}

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Serves one listening socket, which is its own from now on, until it is closed."""

    def __init__(self, handle: Handle, limits: GatewayLimits) -> None:
        self._handle = handle
        self._handlers: set[asyncio.Task[object]] = set()
        self._server: asyncio.Server | None = None
        self._web = _Server(
            self._tracked, handler_cancellation=True, access_log=None, auto_decompress=False,
            keepalive_timeout=limits.idle_seconds, lingering_time=1.0,
        )  # fmt: skip

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
        except OSError as error:
            listening.close()
            raise _unusable(error) from error

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
            return await self._handle(request)
        finally:
            self._handlers.discard(task)


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


def failed(status: int, body: bytes) -> web.Response:
    """A reply that says what went wrong, in OpenAI's shape."""
    return web.Response(
        status=status, body=body, content_type="application/json", headers=ERROR_HEADERS
    )


class _Handler(RequestHandler):
    """One connection; requests that are not HTTP are told so in OpenAI's shape, and not logged."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            log.error("A request failed unexpectedly.", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("A part of the reply is sent already.")
        response = failed(400, as_bytes(error_body("The request is not valid HTTP.", kind=INVALID)))
        response.force_close()
        return response


class _Server(web.Server):
    def __init__(self, handler: Any, **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._settings = {k: v for k, v in settings.items() if k != "handler_cancellation"}

    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=asyncio.get_running_loop(), **self._settings)
