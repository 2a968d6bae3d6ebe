"""Asks the model server itself, past the gateway and its budget."""

import http.client

from tests.probes.inside import Facts, chat, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("network",)


def contained(seen: Seen) -> bool:
    return was_refused(seen) and not seen.asked


def ask(port: int) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("POST", "/v1/chat/completions", chat("hello"), {"Content-Type": "text/json"})
    return line.getresponse().read(60)


def attempt(facts: Facts) -> str:
    return tried({"model server": lambda: ask(facts["upstream_port"])})
