"""Has the kernel itself keep memory: full pipes and sockets that nobody reads."""

import os
import socket

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 48 * MIB, "open_files": 1024}
NEEDS = "memory"
MAX_RESTARTS = 0
SAFETY_NET = 128 * MIB


def contained(seen: Seen) -> bool:
    return seen.reasons == ["out of memory"] or seen.answers == ["refused: stopped earlier"]


def attempt(facts: Facts) -> str:
    kept: list[object] = []
    held = 0
    while held < SAFETY_NET:
        try:
            ends = socket.socketpair()
        except OSError:
            return "refused: stopped earlier"
        ends[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MIB)
        ends[0].setblocking(False)
        try:
            while True:
                held += ends[0].send(bytes(64 * 1024))
        except BlockingIOError:
            kept.append(ends)
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        held += os.write(writer, bytes(64 * 1024))
        kept.append((reader, writer))
    return f"ESCAPED: the kernel keeps {held // MIB} MiB"
