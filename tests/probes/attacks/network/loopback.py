"""Connects to servers on the host's loopback: a canary, PostgreSQL, Redis and the model server."""

import socket
from functools import partial

from tests.probes.inside import Facts, connect, tried

HELD_BY = ("network",)
USUAL = {"PostgreSQL": 5432, "Redis": 6379, "llama-server": 8081, "Docker": 2375, "ssh": 22}


def attempt(facts: Facts) -> str:
    ports = {"canary": facts["port"], "model": facts["upstream_port"], **USUAL}
    return tried(
        {name: partial(connect, ("127.0.0.1", port)) for name, port in ports.items()}
        | {
            "0.0.0.0": lambda: connect(("0.0.0.0", facts["port"])),
            "127.1.2.3": lambda: connect(("127.1.2.3", facts["port"])),
            "IPv6": lambda: connect(("::1", facts["port"]), socket.AF_INET6),
            "mapped": lambda: connect(("::ffff:127.0.0.1", facts["port"]), socket.AF_INET6),
        }
    )
