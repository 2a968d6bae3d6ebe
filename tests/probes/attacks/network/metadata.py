"""Asks a cloud's metadata service for credentials."""

import socket
from functools import partial

from tests.probes.inside import Facts, find_route, tried

HELD_BY = ("network",)
IPV4 = ("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16")
IPV6 = ("fd00:ec2::254", "fd20:ce::254")


def attempt(facts: Facts) -> str:
    return tried(
        {address: partial(find_route, address) for address in IPV4}
        | {address: partial(find_route, address, socket.AF_INET6) for address in IPV6}
    )
