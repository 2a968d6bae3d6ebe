"""Asks for more than it pays for: many choices, no end, a client that leaves, echoes."""

import socket

from tests.probes.inside import GATEWAY, Facts, call, chat, request
from tests.probes.seen import Seen

HELD_BY = ("gateway",)
TOKENS = 900


def contained(seen: Seen) -> bool:
    tokens, _ = seen.spent
    return tokens <= TOKENS and sum(body.get("max_tokens", 10**9) for body in seen.asked) <= TOKENS


def attempt(facts: Facts) -> str:
    path = "/v1/chat/completions"
    statuses = [
        call(path, chat("[[tokens 5000]]", max_tokens=2**31 - 1))[0],
        call(path, chat("[[tokens 500]]", n=8, max_tokens=200))[0],
        call(path, chat("[[tokens 500]]", n=10**6))[0],
        call(path, chat("hello", max_tokens=-1))[0],
        call(path, chat("hello", max_tokens=10**400))[0],
    ]
    for _ in range(8):
        with socket.create_connection(GATEWAY, timeout=5) as line:
            line.sendall(request("POST", path, chat("[[tokens 500]]", stream=True, max_tokens=100)))
            line.recv(1)
    return f"statuses {statuses}"
