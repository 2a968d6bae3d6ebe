"""Configures networks, watches processes and asks the auditor by netlink."""

import socket
from functools import partial

from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)
PROTOCOLS = {"route": 0, "sockets": 4, "audit": 9, "connector": 11, "netfilter": 12, "uevent": 15}
AF_NETLINK = 16


def attempt(facts: Facts) -> str:
    return tried(
        {
            name: partial(socket.socket, AF_NETLINK, socket.SOCK_RAW, number)
            for name, number in PROTOCOLS.items()
        }
        | {"datagram": lambda: socket.socket(AF_NETLINK, socket.SOCK_DGRAM, 0)}
    )
