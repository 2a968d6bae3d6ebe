"""Clients that cost next to nothing: each asks again as soon as it is answered."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import cast

CHAT = {
    "model": "stub",
    "messages": [
        {"role": "system", "content": "Answer with a number only."},
        {"role": "user", "content": "Six packs hold seven apples each. How many apples are there?"},
    ],
    "temperature": 0,
    "max_tokens": 128,
}
READ = 256 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """Where a peer is asked: a Unix socket, or a port on the loopback; and with which key."""

    at: str | int
    key: str

    def request(self, *, stream: bool) -> bytes:
        """The bytes of one call."""
        body = json.dumps({**CHAT, "stream": True} if stream else CHAT).encode()
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.key}\r\nContent-Type: application/json\r\n"
            f"Accept: */*\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True, slots=True)
class Load:
    """What clients saw in one go: the milliseconds of each call, to its first and its last byte."""

    first_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)


class Client(asyncio.Protocol):
    """One connection, one call at a time."""

    def __init__(self) -> None:
        self.buffer = b""
        self.first = 0.0
        self.answered: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(ConnectionError("The peer closed the connection."))

    def data_received(self, data: bytes) -> None:
        self.first = self.first or time.perf_counter()
        self.buffer += data
        if self.answered is not None and not self.answered.done() and is_whole(self.buffer):
            self.answered.set_result(None)

    async def ask(self, request: bytes) -> tuple[float, float]:
        """Seconds to the first and to the last byte of an answer.

        Raises:
            RuntimeError: the peer does not answer with 200.
        """
        self.buffer, self.first = b"", 0.0
        self.answered = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        self.transport.write(request)
        await self.answered
        ended = time.perf_counter()
        if not self.buffer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"A peer answers: {self.buffer[:500]!r}")
        return self.first - begun, ended - begun


def is_whole(reply: bytes) -> bool:
    """Whether a reply has ended."""
    head, separator, body = reply.partition(b"\r\n\r\n")
    if not separator:
        return False
    head = head.lower()
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= int(head.partition(b"content-length:")[2].split(b"\r\n")[0])


async def put_load(door: Door, *, clients: int, seconds: float, stream: bool = False) -> Load:
    """So many clients at once for so long; a call that has begun is waited for."""
    connected = [await _connected(door) for _ in range(clients)]
    load, until = Load(), time.perf_counter() + seconds
    request = door.request(stream=stream)

    async def keep_asking(client: Client) -> None:
        while time.perf_counter() < until:
            first, whole = await client.ask(request)
            load.first_ms.append(first * 1000)
            load.whole_ms.append(whole * 1000)

    try:
        await asyncio.gather(*map(keep_asking, connected))
    finally:
        for client in connected:
            client.transport.abort()
    return load


async def _connected(door: Door) -> Client:
    loop = asyncio.get_running_loop()
    if isinstance(door.at, str):
        _, client = await loop.create_unix_connection(Client, door.at)
    else:
        _, client = await loop.create_connection(Client, "127.0.0.1", door.at)
    return client
