"""HTTP on the gateway's sockets: few paths, OpenAI's error shape, nothing trusted."""

import asyncio
import hmac
import socket
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aiohttp import StreamReader, web

from corral.errors import UpstreamUnavailable
from corral.gateway.budget import BudgetExceeded
from corral.gateway.connections import HEADERS, failed
from corral.gateway.delivery import send
from corral.gateway.framing import AmbiguousRequest, check_framing
from corral.gateway.listener import Listener, bound
from corral.gateway.order import Endpoint, Order, read_body
from corral.gateway.refusal import CallRefused, error_body
from corral.gateway.replies import as_bytes
from corral.json_types import Json, JsonObject

if TYPE_CHECKING:
    from corral.gateway.server import Gateway

Body = TypeVar("Body", bytes, bytearray)
TASK_HEADER = "X-Corral-Task"
_CALLS = {f"/v1{endpoint.value}": endpoint for endpoint in Endpoint}
_MODELS = "/v1/models"


class Front:
    """The gateway as projects see it."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._listeners: list[Listener] = []
        self._path: Path | None = None

    async def listen(self, path: Path, owner: int | None) -> None:
        """Listen on a new Unix socket at the path.

        Raises:
            PlatformError: it can't be made.
        """
        listening = bound(path, owner)
        self._path = path
        await self.listen_on(listening)

    async def listen_on(self, listening: socket.socket) -> Listener:
        """Serve one more socket, which belongs to the listener from now on.

        Raises:
            PlatformError: it can't be listened on.
        """
        listener = Listener(self._answered, self._gateway.limits)
        await listener.start(listening)
        self._listeners = [kept for kept in self._listeners if kept.serving] + [listener]
        return listener

    async def close(self) -> None:
        """Stop listening, end all handlers, and wait for them. Idempotent."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            await listener.close()

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._routed(request)
        except AmbiguousRequest as refusal:
            return failed(refusal.status, as_bytes(refusal.as_json()), close=True)
        except CallRefused as refusal:
            body = as_bytes(refusal.as_json())
            return failed(refusal.status, body, retry_after=refusal.retry_after)
        except BudgetExceeded as refusal:
            kind = "insufficient_quota"
            return failed(429, as_bytes(error_body(str(refusal), kind=kind, code=kind)))
        except UpstreamUnavailable:
            return failed(503, as_bytes(_unavailable()))

    async def _routed(self, request: web.BaseRequest) -> web.StreamResponse:
        check_framing(request)
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
            order = gateway.order(endpoint, body)
            if order.stream:
                return await self._streamed(request, order, task_key)
            answer = await gateway.answer(order, task_key)
        return web.Response(body=answer, content_type="application/json", headers=HEADERS)

    async def _read(self, request: web.BaseRequest) -> bytes:
        if (request.content_length or 0) > self._gateway.limits.body_bytes:
            raise self._too_large()
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # the reply itself has not begun
        content = request.content
        try:
            if content.is_eof():  # it came with its head, as most do
                return self._bounded(content.read_nowait())
            async with asyncio.timeout(self._gateway.limits.body_seconds):
                return await self._read_slowly(content)
        except TimeoutError:
            raise CallRefused(408, "The body did not arrive in time.") from None
        except (web.RequestPayloadError, ConnectionError):
            raise CallRefused(400, "The body did not arrive whole.") from None

    async def _read_slowly(self, content: StreamReader) -> bytes:
        body = bytearray()
        while piece := await content.readany():
            body += piece
            self._bounded(body)
        return bytes(body)

    def _bounded(self, body: Body) -> Body:
        if len(body) > self._gateway.limits.body_bytes:
            raise self._too_large()
        return body

    def _too_large(self) -> CallRefused:
        return CallRefused(413, f"The body is longer than {self._gateway.limits.body_bytes} bytes.")

    async def _streamed(
        self, request: web.BaseRequest, order: Order, task_key: str | None
    ) -> web.StreamResponse:
        """Pass the pieces on; errors before the first one are ordinary replies."""
        response: web.StreamResponse | None = None
        seconds = self._gateway.limits.write_seconds
        try:
            async with aclosing(self._gateway.stream(order, task_key)) as pieces:
                async for piece in pieces:
                    response = response or await self._begun(request)
                    await send(request, response.write(piece), size=len(piece), seconds=seconds)
        except UpstreamUnavailable:
            if response is None:
                raise
            last = b"data: " + as_bytes(_unavailable()) + b"\n\n"
            await send(request, response.write(last), size=len(last), seconds=seconds)
        assert response is not None  # a stream has at least its end
        return response

    async def _begun(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {**HEADERS, "Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        return response


def _unavailable() -> JsonObject:
    message = "The model server is not available; this run will be tried again."
    return error_body(message, kind="server_error", code="upstream_unavailable")


def _json(status: int, body: JsonObject) -> web.Response:
    return web.Response(
        status=status, body=as_bytes(body), content_type="application/json", headers=HEADERS
    )
