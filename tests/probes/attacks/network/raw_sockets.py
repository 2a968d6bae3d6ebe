"""Opens raw and packet sockets, to forge packets or to listen to all of them."""

import socket

from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")
AF_PACKET = 17


def attempt(facts: Facts) -> str:
    return tried(
        {
            "ICMP": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
            "IPv6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58),
            "with flags": lambda: socket.socket(
                socket.AF_INET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 255
            ),
            "packet": lambda: socket.socket(AF_PACKET, socket.SOCK_RAW, 0),
            "cooked": lambda: socket.socket(AF_PACKET, socket.SOCK_DGRAM, 0),
            "old packet": lambda: socket.socket(socket.AF_INET, 10, 0),
        }
    )
