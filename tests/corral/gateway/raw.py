"""Connections by hand: any bytes in, and the replies that came back."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.corral.gateway.bench import CHAT, KEY, chat

GOOD_BODY = json.dumps(chat("1 + 1")).encode()


@dataclass(frozen=True)
class Visit:
    """What a connection got; `closed` says that the gateway ended it."""

    received: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """Of all replies, in order."""
        found, rest = [], self.received
        while rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            found.append(int(head.split(b" ", 2)[1]))
            rest = rest[_body_length(head, rest) :]
        return found

    @property
    def error(self) -> Any:
        """OpenAI's error in the only reply."""
        return json.loads(self.received.partition(b"\r\n\r\n")[2])["error"]


def _body_length(head: bytes, rest: bytes) -> int:
    head = head.lower()
    if b"transfer-encoding: chunked" in head:
        return rest.index(b"0\r\n\r\n") + 5
    return int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)


def request(
    *headers: bytes,
    body: bytes = GOOD_BODY,
    line: bytes = b"POST " + CHAT.encode() + b" HTTP/1.1",
    host: bytes = b"Host: gateway",
    key: str = KEY,
) -> bytes:
    """A request; its length is for the headers to say."""
    given = [line, host, b"Authorization: Bearer " + key.encode(), *headers]
    return b"\r\n".join(part for part in given if part) + b"\r\n\r\n" + body


def sized(body: bytes = GOOD_BODY) -> bytes:
    """The header that says how long a body is."""
    return b"Content-Length: %d" % len(body)


def chunked(body: bytes = GOOD_BODY) -> bytes:
    """A body as one chunk."""
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


async def visit(path: Path, sent: bytes, *, quiet_seconds: float = 0.3) -> Visit:
    """Send, and read until the gateway closes or falls silent."""
    reader, writer = await asyncio.open_unix_connection(path)
    received, closed = bytearray(), False
    try:
        writer.write(sent)
        while not closed:
            async with asyncio.timeout(quiet_seconds):
                piece = await reader.read(65_536)
            received += piece
            closed = not piece
    except TimeoutError:
        pass
    except ConnectionError:
        closed = True
    finally:
        writer.transport.abort()
    return Visit(bytes(received), closed)
