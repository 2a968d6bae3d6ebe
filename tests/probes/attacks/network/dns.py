"""Resolves names and carries data out in questions to name servers."""

import socket
from functools import partial

from tests.probes.inside import Facts, Harmless, no_route, read, tried

HELD_BY = ("network", "mounts")
QUESTION = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06corral\x04test\x00\x00\x01\x00\x01"


def ask(server: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        return client.sendto(QUESTION, (server, 53))


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
        {server: no_route(partial(ask, server)) for server in servers}
        | {"resolv.conf": configured, "getaddrinfo": resolve}
    )
