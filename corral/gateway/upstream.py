"""The model server, as the gateway asks it."""

import asyncio
import io
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp

from corral.errors import UpstreamUnavailable
from corral.gateway.rejection import rejection

T = TypeVar("T")

THE_PROJECTS_FAULT = frozenset({400, 413, 422})
LARGE = 512 * 1024
REPLY_BYTES = 16 * 1024 * 1024
RECYCLE_SECONDS = 0.02  # a stream's end follows its last event at once, or the connection is closed


class _Failed(Exception):
    """One try failed and nothing was delivered; `absent`: nobody was there to do any work."""

    def __init__(self, reason: str, *, absent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.absent = absent


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a model is served: an OpenAI-compatible address, and the name that it knows it by.

    `base_url` is as OpenAI's clients take it (`http://host:port/v1`); the path may be left out.
    A server that is not there (it may be starting again) is given all `delays`, in seconds; one
    that took the call and failed only `tries_if_there` tries, since the call itself may be why.
    """

    base_url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    delays: tuple[float, ...] = (0.1, 0.4, 1.0, 2.0, 3.0)
    tries_if_there: int = 3
    idle_seconds: float = 120.0

    @property
    def address(self) -> str:
        """The base of all endpoints, without a slash at its end."""
        base = self.base_url.rstrip("/")
        return base if urlsplit(base).path else base + "/v1"

    @property
    def root(self) -> str:
        """The base of the endpoints of llama-server's own."""
        return self.address.removesuffix("/v1")


class UpstreamClient:
    """Connections to an upstream; an async context manager, for one event loop."""

    def __init__(self, upstream: Upstream, *, connections: int) -> None:
        self.upstream = upstream
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "UpstreamClient":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=4.0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=5.0, sock_read=self.upstream.idle_seconds
            ),
            headers=self._headers(),
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, path: str, payload: bytes) -> bytes:
        """The body of a successful reply.

        Raises:
            CallRefused: the server says that the call is wrong.
            UpstreamUnavailable: it can't be asked.
        """

        async def once() -> bytes:
            response = await self._post(path, payload)
            try:
                return await _read_all(response)
            finally:
                response.close()

        return await self._retried(once)

    async def stream(self, path: str, payload: bytes) -> "Stream":
        """A reply of which the first bytes have arrived; close it whatever happens.

        Raises:
            CallRefused, UpstreamUnavailable: as `ask`.
        """

        async def once() -> Stream:
            response = await self._post(path, payload)
            try:
                if first := await response.content.readany():
                    return Stream(response, first)
                raise _Failed("The model server answered with nothing.", absent=False)
            except BaseException:
                response.close()
                raise

        return await self._retried(once)

    async def ask_root(self, path: str, payload: bytes) -> bytes | None:
        """The reply of an endpoint of the server's own, None if it has none such; one try."""
        try:
            async with self._open.post(self.upstream.root + path, data=payload) as response:
                return await _read_all(response) if response.status == 200 else None
        except (aiohttp.ClientError, OSError, TimeoutError, UpstreamUnavailable):
            return None

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("The client is not open.")
        return self._session

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self.upstream.api_key:
            headers["Authorization"] = f"Bearer {self.upstream.api_key}"
        return headers

    async def _post(self, path: str, payload: bytes) -> aiohttp.ClientResponse:
        url = self.upstream.address + path
        data = payload if len(payload) < LARGE else io.BytesIO(payload)  # which is sent in parts
        response = await self._open.post(url, data=data, allow_redirects=False)
        if response.status != 200:
            try:
                await self._refuse(response)
            finally:
                response.close()
        return response

    async def _refuse(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status in THE_PROJECTS_FAULT:
            names = {self.upstream.model: "the model"} if "/" in self.upstream.model else {}
            raise rejection(status, await _read_all(response), names)
        if status >= 500 or status == 429:
            raise _Failed(f"The model server replied with status {status}.", absent=status == 503)
        raise UpstreamUnavailable(f"The model server replied with status {status}.")

    async def _retried(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try again while there is hope that somebody answers; nothing was delivered yet."""
        tries_if_there = self.upstream.tries_if_there
        for delay in (*self.upstream.delays, None):
            try:
                return await self._once(attempt)
            except _Failed as failure:
                tries_if_there -= not failure.absent
                if delay is None or tries_if_there <= 0:
                    raise UpstreamUnavailable(failure.reason) from failure
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))
        raise AssertionError("The last try returns or raises.")

    async def _once(self, attempt: Callable[[], Awaitable[T]]) -> T:
        try:
            return await attempt()
        except TimeoutError as error:  # a slow server is not helped by asking twice
            raise UpstreamUnavailable("The model server was too slow to answer.") from error
        except aiohttp.ClientConnectorError as error:
            raise _Failed("The model server can't be reached.", absent=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _Failed("The model server died before it answered.", absent=False) from error


class Stream:
    """A reply that arrives in pieces, the first of which is here."""

    def __init__(self, response: aiohttp.ClientResponse, first: bytes) -> None:
        self._response = response
        self._first: bytes | None = first

    async def read(self) -> bytes:
        """The next piece, as it arrives; empty at the end.

        Raises:
            UpstreamUnavailable: the server died or fell silent before the end.
        """
        if self._first is not None:
            piece, self._first = self._first, None
            return piece
        try:
            return await self._response.content.readany()
        except TimeoutError as error:
            raise UpstreamUnavailable("The model server fell silent mid-answer.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamUnavailable("The model server died mid-answer.") from error

    async def recycle(self) -> None:
        """Wait a moment for the end of a stream that is done, so that its connection is reused."""
        with suppress(TimeoutError, UpstreamUnavailable):
            async with asyncio.timeout(RECYCLE_SECONDS):
                await self.read()

    def close(self) -> None:
        """Stop the server's work, if there is any left."""
        self._response.close()


async def _read_all(response: aiohttp.ClientResponse) -> bytes:
    content = response.content
    if content.is_eof():  # it came with its head, as most do
        return content.read_nowait()
    body = bytearray()
    while piece := await response.content.readany():
        body += piece
        if len(body) > REPLY_BYTES:
            raise UpstreamUnavailable("The model server's reply is too long.")
    return bytes(body)
