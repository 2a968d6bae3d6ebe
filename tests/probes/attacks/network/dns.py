"""Resolves names, and looks for a way to name servers, by whose questions data can leave."""

import socket
from functools import partial

from tests.probes.inside import Facts, Harmless, find_route, read, tried

HELD_BY = ("network", "mounts")


def resolve() -> object:
    try:
        return socket.getaddrinfo("example.com", 443)
    except socket.gaierror as error:
        raise Harmless(str(error.args[0])) from error


def configured() -> object:
    if not read("/etc/resolv.conf"):
        raise Harmless("is empty")
    return read("/etc/resolv.conf")


def attempt(facts: Facts) -> str:
    servers = ("1.1.1.1", "8.8.8.8", "192.168.0.1", "10.0.0.2")
    return tried(
        {server: partial(find_route, server) for server in servers}
        | {"resolv.conf": configured, "getaddrinfo": resolve}
    )
