"""Connects to addresses of the internet and of private networks."""

import socket
from functools import partial

from tests.probes.inside import Facts, connect, no_route, tried

HELD_BY = ("network",)


def attempt(facts: Facts) -> str:
    places = (("1.1.1.1", 443), ("10.0.0.1", 80), ("172.17.0.1", 80), ("192.168.1.1", 80))
    return tried(
        {host: no_route(partial(connect, (host, port), seconds=1)) for host, port in places}
        | {
            "IPv6": no_route(
                lambda: connect(("2606:4700:4700::1111", 443), socket.AF_INET6, seconds=1)
            )
        }
    )
