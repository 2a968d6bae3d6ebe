"""HTTP on the Unix socket: few paths, OpenAI's error shape, nothing trusted."""

import asyncio
import hmac
import logging
import os
import socket
import stat
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from corral.errors import PlatformError, UpstreamUnavailable
from corral.gateway.budget import BudgetExceeded
from corral.gateway.order import Endpoint, Order, read_body, read_order
from corral.gateway.refusal import INVALID, CallRefused, error_body
from corral.gateway.replies import as_bytes
from corral.json_types import Json, JsonObject

if TYPE_CHECKING:
    from corral.gateway.server import Gateway

log = logging.getLogger(__name__)
BACKLOG = 256
TASK_HEADER = "X-Corral-Task"
_CALLS = {f"/v1{endpoint.value}": endpoint for endpoint in Endpoint}
_MODELS = "/v1/models"
_HEADERS = {"Server": "corral"}
_ERROR_HEADERS = {**_HEADERS, "x-should-retry": "false"}


class Front:
    """The gateway as projects see it."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._handlers: set[asyncio.Task[object]] = set()
        self._web: _Server | None = None
        self._listener: asyncio.Server | None = None
        self._path: Path | None = None

    async def listen(self, path: Path, owner: int | None) -> None:
        """Listen on a new socket at the path.

        Raises:
            PlatformError: it can't be made.
        """
        idle = self._gateway.limits.idle_seconds
        self._web = _Server(
            self._handle, handler_cancellation=True, access_log=None, auto_decompress=False,
            keepalive_timeout=idle, lingering_time=1.0,
        )  # fmt: skip
        try:
            listening = _bound(path, owner)
        except OSError as error:
            raise PlatformError(
                f"The gateway's socket can't be made: {error.strerror or error}."
            ) from error
        self._path = path
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_unix_server(self._web, sock=listening, backlog=BACKLOG)

    async def close(self) -> None:
        """Stop listening, end all handlers, and wait for them."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
        handlers = {task for task in self._handlers if task is not asyncio.current_task()}
        for task in handlers:
            task.cancel()
        if handlers:
            await asyncio.wait(handlers)
        if self._web is not None:
            await self._web.shutdown(0.1)
            self._web = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            return await self._answered(request)
        finally:
            self._handlers.discard(task)

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._routed(request)
        except CallRefused as refusal:
            return _failed(refusal.status, refusal.as_json())
        except BudgetExceeded as refusal:
            kind = "insufficient_quota"
            return _failed(429, error_body(str(refusal), kind=kind, code=kind))
        except UpstreamUnavailable:
            return _failed(503, _unavailable())

    async def _routed(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        if path != _MODELS and path not in _CALLS:
            raise CallRefused(404, "There is nothing at this address.", code="unknown_url")
        method = "GET" if path == _MODELS else "POST"
        if request.method != method:
            raise CallRefused(405, f"This address takes {method} only.")
        self._check_key(request.headers.get("Authorization", ""))
        if path == _MODELS:
            return _json(200, self._models())
        return await self._called(request, _CALLS[path])

    def _check_key(self, header: str) -> None:
        scheme, _, key = header.partition(" ")
        given = key.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            given, self._gateway.api_key.encode()
        ):
            raise CallRefused(401, "The API key is not this run's.", code="invalid_api_key")

    def _models(self) -> JsonObject:
        model: Json = {
            "id": self._gateway.model,
            "object": "model",
            "created": 0,
            "owned_by": "corral",
        }
        return {"object": "list", "data": [model]}

    async def _called(self, request: web.BaseRequest, endpoint: Endpoint) -> web.StreamResponse:
        gateway = self._gateway
        task_key = gateway.task_of(request.headers.get(TASK_HEADER))
        async with gateway.slots:
            body = read_body(await self._read(request))
            order = read_order(endpoint, body, gateway.model, gateway.limits)
            if order.stream:
                return await self._streamed(request, order, task_key)
            answer = await gateway.answer(order, task_key)
        return web.Response(body=answer, content_type="application/json", headers=_HEADERS)

    async def _read(self, request: web.BaseRequest) -> bytes:
        limit = self._gateway.limits.body_bytes
        too_large = CallRefused(413, f"The body is longer than {limit} bytes.")
        if (request.content_length or 0) > limit:
            raise too_large
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # the reply itself has not begun
        body = bytearray()
        try:
            async with asyncio.timeout(self._gateway.limits.body_seconds):
                while piece := await request.content.readany():
                    body += piece
                    if len(body) > limit:
                        raise too_large
        except TimeoutError:
            raise CallRefused(408, "The body did not arrive in time.") from None
        except (web.RequestPayloadError, ConnectionError):
            raise CallRefused(400, "The body did not arrive whole.") from None
        return bytes(body)

    async def _streamed(
        self, request: web.BaseRequest, order: Order, task_key: str | None
    ) -> web.StreamResponse:
        """Pass the pieces on; errors before the first one are ordinary replies."""
        response: web.StreamResponse | None = None
        try:
            async with aclosing(self._gateway.stream(order, task_key)) as pieces:
                async for piece in pieces:
                    response = response or await self._begun(request)
                    await self._write(request, response, piece)
        except UpstreamUnavailable:
            if response is None:
                raise
            await self._write(request, response, b"data: " + as_bytes(_unavailable()) + b"\n\n")
        assert response is not None  # a stream has at least its end
        return response

    async def _begun(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {**_HEADERS, "Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        return response

    async def _write(
        self, request: web.BaseRequest, response: web.StreamResponse, piece: bytes
    ) -> None:
        """Write, or give a client up that does not read.

        Raises:
            CancelledError: the client is gone.
        """
        try:
            async with asyncio.timeout(self._gateway.limits.write_seconds):
                await response.write(piece)
        except (TimeoutError, ConnectionError):
            if request.transport is not None:
                request.transport.abort()
            raise asyncio.CancelledError from None


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
        response = _failed(400, error_body("The request is not valid HTTP.", kind=INVALID))
        response.force_close()
        return response


class _Server(web.Server):
    def __init__(self, handler: Any, **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._settings = {k: v for k, v in settings.items() if k != "handler_cancellation"}

    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=asyncio.get_running_loop(), **self._settings)


def _bound(path: Path, owner: int | None) -> socket.socket:
    """A bound socket that nobody else can connect to: its mode is set before it listens."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(0o600)
        if owner is not None:
            os.chown(path, owner, -1)
    except OSError:
        listening.close()
        raise
    return listening


def _unavailable() -> JsonObject:
    message = "The model server is not available; this run will be tried again."
    return error_body(message, kind="server_error", code="upstream_unavailable")


def _failed(status: int, body: JsonObject) -> web.Response:
    return _json(status, body, _ERROR_HEADERS)


def _json(status: int, body: JsonObject, headers: dict[str, str] = _HEADERS) -> web.Response:
    return web.Response(
        status=status, body=as_bytes(body), content_type="application/json", headers=headers
    )
