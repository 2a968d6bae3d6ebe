"""A model server that says what no model server should."""

import asyncio
from contextlib import suppress

from corral.gateway.upstream import Upstream
from tests.corral.gateway.bench import upstream_at

HEAD = b"HTTP/1.1 200 OK\r\n"


class OddServer:
    """A server that answers every request with the same bytes and hangs up; counts them."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.requests = 0

    async def __aenter__(self) -> Upstream:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return upstream_at(f"http://127.0.0.1:{port}", idle_seconds=0.5)

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            writer.write(self.raw)
            await writer.drain()
        writer.close()
