"""Connects to abstract Unix sockets of the host, which have no path to be hidden."""

import socket

from tests.probes.inside import Facts, connect, tried

HELD_BY = ("network",)


def send(name: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        return client.sendto(b"x", name)


def attempt(facts: Facts) -> str:
    name = "\0" + facts["abstract"]
    return tried(
        {
            "stream": lambda: connect(name, socket.AF_UNIX),
            "datagram": lambda: send(name + "-datagram"),
            "X11": lambda: connect("\0/tmp/.X11-unix/X0", socket.AF_UNIX),
        }
    )
