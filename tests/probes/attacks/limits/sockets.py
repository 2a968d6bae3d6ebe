"""Opens sockets and connections without end."""

import socket

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
LIMITS = {"open_files": 64}
SAFETY_NET = 900


def contained(seen: Seen) -> bool:
    return bool(seen.answers) and isinstance(seen.answers[0], int) and seen.answers[0] < 64


def attempt(facts: Facts) -> int:
    kept: list[socket.socket] = []
    try:
        while len(kept) < SAFETY_NET:
            kept.append(socket.socket(socket.AF_UNIX))
    except OSError:
        pass
    return len(kept)
