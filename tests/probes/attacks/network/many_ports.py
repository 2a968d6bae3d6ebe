"""Scans its loopback around where the host's servers listen: only the gateway may answer."""

import socket

from tests.probes.inside import GATEWAY, Facts, Harmless, tried

HELD_BY = ("network",)
AROUND = 1000


def anybody(middle: int) -> object:
    found = []
    for port in {*range(1, AROUND), *range(max(1, middle - AROUND), min(65535, middle + AROUND))}:
        with socket.socket() as client:
            client.settimeout(1)
            reached = client.connect_ex(("127.0.0.1", port)) == 0
            if reached and port != GATEWAY[1] and client.getsockname() != client.getpeername():
                found.append(port)
    if found:
        return found
    raise Harmless("nobody listens")


def attempt(facts: Facts) -> str:
    return tried({"ports": lambda: anybody(facts["port"])})
