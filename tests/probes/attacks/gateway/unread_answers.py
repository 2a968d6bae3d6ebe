"""Never reads the answers to many calls, whose ends the gateway then can't write."""

import socket
import time

from tests.probes.inside import GATEWAY, Facts, call, chat, request
from tests.probes.seen import Seen

HELD_BY = ("gateway",)
TOKENS, CALLS = 200_000, 40
CONNECTIONS = 10


def contained(seen: Seen) -> bool:
    """Its own next call is served beside them, and when it ends all are settled in the ledger."""
    tokens, calls = seen.spent
    counted = sum(each.prompt_tokens + each.completion_tokens for each in seen.ledger)
    return seen.answers == [200] and calls == len(seen.ledger) > 0 and tokens == counted <= TOKENS


def attempt(facts: Facts) -> int:
    lines = []
    for _ in range(CONNECTIONS):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(GATEWAY)
        body = chat("[[tokens 6000]]", stream=True, max_tokens=6000)
        line.sendall(request("POST", "/v1/chat/completions", body))
        lines.append(line)
    time.sleep(0.5)
    status, _ = call("/v1/chat/completions", chat("hello"))
    return status
