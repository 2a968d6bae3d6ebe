"""Opens many connections and sends a byte now and then; other runs must be served meanwhile."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

from tests.probes.inside import GATEWAY, Facts, call, chat
from tests.probes.seen import Seen

if TYPE_CHECKING:
    from tests.probes.bench import Scene

HELD_BY = ("gateway",)
LIMITS = {"open_files": 200}
CONNECTIONS = 110
SECONDS = 4.0


async def meanwhile(scene: Scene) -> None:
    """The neighbour's gateway shares the event loop: it must answer at once."""
    while not scene.outcomes:
        try:
            async with asyncio.timeout(SECONDS):
                path = str(scene.folder / "neighbour" / "gateway.sock")
                reader, writer = await asyncio.open_unix_connection(path)
                writer.write(b"GET /v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                await reader.read()
                writer.close()
        except TimeoutError:
            scene.notice("another run's gateway was not served")
        await asyncio.sleep(0.1)


def contained(seen: Seen) -> bool:
    return seen.answers == [200]


def attempt(facts: Facts) -> int:
    lines = []
    for _ in range(CONNECTIONS):
        line = socket.create_connection(GATEWAY, timeout=5)
        line.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n")
        lines.append(line)
    for number in range(8):
        for line in lines:
            line.sendall(f"X-{number}: slow\r\n".encode())
        time.sleep(0.1)
    status, _ = call("/v1/chat/completions", chat("hello"))
    return status
