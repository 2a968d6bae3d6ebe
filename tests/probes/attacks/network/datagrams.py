"""Sends datagrams to the host, to groups, and to everybody on the network."""

import socket

from tests.probes.inside import Facts, Harmless, no_route, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("network",)


def contained(seen: Seen) -> bool:
    """On its own loopback it may send what it likes: the host's listener must have got nothing."""
    return was_refused(seen)


def send(address: "tuple[str, int]", broadcast: bool = False) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        if broadcast:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        return client.sendto(b"corral-probe", address)


def to_nobody(port: int) -> None:
    send(("127.0.0.1", port))
    raise Harmless("went to my own loopback")


def attempt(facts: Facts) -> str:
    return tried(
        {
            "loopback": lambda: to_nobody(facts["udp_port"]),
            "group": no_route(lambda: send(("224.0.0.251", 5353))),
            "everybody": no_route(lambda: send(("255.255.255.255", 9), broadcast=True)),
        }
    )
