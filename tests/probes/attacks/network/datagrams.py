"""Sends datagrams to the host, and looks for a way to groups and to everybody on the network."""

import socket
from functools import partial

from tests.probes.inside import Facts, Harmless, find_route, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("network",)


def contained(seen: Seen) -> bool:
    """On its own loopback it may send what it likes: the host's listener must have got nothing."""
    return was_refused(seen)


def to_nobody(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"corral-probe", ("127.0.0.1", port))
    raise Harmless("went to my own loopback")


def attempt(facts: Facts) -> str:
    return tried(
        {
            "loopback": lambda: to_nobody(facts["udp_port"]),
            "group": partial(find_route, "224.0.0.251"),
            "everybody": partial(find_route, "255.255.255.255"),
        }
    )
