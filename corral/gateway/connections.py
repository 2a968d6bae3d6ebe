"""Connections to a gateway: so many at once, their requests' heads in time, HTTP or nothing."""

import asyncio
import logging
from typing import Any, cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from corral.gateway.limits import GatewayLimits
from corral.gateway.refusal import INVALID, error_body
from corral.gateway.replies import as_bytes

log = logging.getLogger(__name__)
HEADERS = {"Server": "corral"}
ERROR_HEADERS = {**HEADERS, "x-should-retry": "false"}
LINGER_SECONDS = 1.0  # for what is left of a body that was refused
HEADER_BYTES = 4096
MOST_HEADERS = 64


def failed(
    status: int, body: bytes, *, close: bool = False, retry_after: int | None = None
) -> web.Response:
    """A reply that says what went wrong, in OpenAI's shape."""
    response = web.Response(
        status=status, body=body, content_type="application/json", headers=ERROR_HEADERS
    )
    if retry_after is not None:
        response.headers.update({"Retry-After": str(retry_after), "x-should-retry": "true"})
    if close:
        response.force_close()
    return response


class WebServer(web.Server):
    """Makes connections' protocols."""

    def __init__(self, handler: Any, limits: GatewayLimits) -> None:
        self.limits = limits
        self._settings = {
            "access_log": None, "auto_decompress": False, "lingering_time": LINGER_SECONDS,
            "keepalive_timeout": limits.idle_seconds, "max_line_size": HEADER_BYTES,
            "max_field_size": HEADER_BYTES, "max_headers": MOST_HEADERS,
        }  # fmt: skip
        super().__init__(handler, request_factory=_begun, handler_cancellation=True)

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=asyncio.get_running_loop(), **self._settings)


class Connection(RequestHandler):
    """One connection; requests that are not HTTP are told so in OpenAI's shape, and not logged."""

    __slots__ = ("_busy", "_head_since", "_head_timer", "_web")

    def __init__(self, server: WebServer, **settings: Any) -> None:
        super().__init__(server, **settings)
        self._web = server
        self._busy = False
        self._head_since: float | None = None
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        most = self._web.limits.most_connections
        if len(self._web.connections) < most:
            super().connection_made(transport)
            return
        to_client = cast(asyncio.Transport, transport)
        to_client.write(_turned_away(most))
        to_client.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._busy and self._head_since is None:
            self._head_since = self._loop.time()
            if self._head_timer is None:  # one runs on from request to request
                self._look_in(self._web.limits.header_seconds)
        super().data_received(data)

    def request_begins(self) -> None:
        """Its head is here."""
        self._busy, self._head_since = True, None

    def request_ends(self) -> None:
        """It is answered: what arrives from now on is the next one's head."""
        self._busy = False

    def _look_in(self, seconds: float) -> None:
        self._head_timer = self._loop.call_later(seconds, self._check_head)

    def _check_head(self) -> None:
        self._head_timer = None
        if self._head_since is None:
            return
        left = self._head_since + self._web.limits.header_seconds - self._loop.time()
        if left > 0:
            self._look_in(left)
        else:
            self.force_close()

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
        body = error_body("The request is not valid HTTP.", kind=INVALID)
        return failed(400, as_bytes(body), close=True)


def _begun(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    cast(Connection, protocol).request_begins()
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())


def _turned_away(most: int) -> bytes:
    """The whole reply to a connection too many; clients try again."""
    message = f"This run may have {most} connections at once."
    body = as_bytes(error_body(message, kind="server_error", code="too_many_connections"))
    head = "HTTP/1.1 503 Service Unavailable\r\nServer: corral\r\nConnection: close\r\n"
    head += f"Retry-After: 1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body
