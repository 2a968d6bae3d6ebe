"""Hands the worker a socket whose closing takes long (SO_LINGER), through the gateway's own."""

from __future__ import annotations

import array
import asyncio
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from tests.probes.inside import Facts, Harmless, tried

if TYPE_CHECKING:
    from tests.probes.bench import Scene

HELD_BY = ("gateway",)
PLACES = ("/corral", "/run", "/var", "/tmp", "/dev", "/project", "/etc")
CONNECTIONS = 40
LINGER_SECONDS = 6  # a real attacker would say years
TOO_LONG = 3.0
PAUSE = 0.05


async def meanwhile(scene: Scene) -> None:
    """The worker's event loop must go on: with it stand all clocks of the run."""
    before = time.monotonic()
    while True:
        await asyncio.sleep(PAUSE)
        now = time.monotonic()
        if now - before > TOO_LONG:
            scene.notice(f"the worker stood still for {now - before:.1f} s")
        before = now


def full_connection() -> socket.socket:
    """One with bytes that its other end never takes, so that it can't be closed in peace."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    other, _ = listener.accept()
    keep.append(other)
    client.setblocking(False)
    try:
        while True:
            client.send(bytes(65536))
    except BlockingIOError:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, LINGER_SECONDS))
    return client


keep: list[socket.socket] = []


def socket_files() -> Iterator[str]:
    """Every Unix socket that it can see."""
    for place in PLACES:
        for folder, _, names in os.walk(place):
            for path in (os.path.join(folder, name) for name in names):
                if stat.S_ISSOCK(os.lstat(path).st_mode):
                    yield path


def hand_over(path: str) -> object:
    """Send it along with the first byte of many requests, and let go of it before they are read."""
    lingering = full_connection()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [lingering.fileno()]))]
    lines = [socket.socket(socket.AF_UNIX) for _ in range(CONNECTIONS)]
    for line in lines:
        line.connect(path)
        line.sendmsg([b"G"], rights)
    os.close(lingering.detach())
    time.sleep(1)
    raise Harmless("took it, and no harm was done")


def attempt(facts: Facts) -> str:
    return tried({path: partial(hand_over, path) for path in socket_files()})
