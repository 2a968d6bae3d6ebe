"""Hides a second request in the body of a first, by lengths that contradict each other."""

import os

from tests.probes.inside import Facts, chat, request, talk
from tests.probes.seen import Seen

HELD_BY = ("gateway",)


def contained(seen: Seen) -> bool:
    """What is hidden asks for tokens that no call of its own may have."""
    hidden = [body for body in seen.asked if "smuggled" in str(body)]
    return seen.answers == ["sent"] and not hidden and len(seen.asked) == len(seen.ledger)


def attempt(facts: Facts) -> str:
    hidden = request("POST", "/v1/chat/completions", chat("smuggled"), key="x")
    honest = chat("hello")
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
        f"Authorization: Bearer {os.environ['OPENAI_API_KEY']}\r\n"
        "Content-Type: application/json\r\n"
    )
    lengths = (
        f"Content-Length: {len(honest)}\r\nTransfer-Encoding: chunked\r\n",
        f"Content-Length: {len(honest)}\r\nContent-Length: {len(honest) + len(hidden)}\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding:\tchunked\r\nTransfer-Encoding: x\r\n",
        f"Content-Length: +{len(honest)}\r\n",
        f"Content-Length : {len(honest)}\r\n",
        f" Content-Length: {len(honest)}\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
    )
    for each in lengths:
        talk((head + each + "\r\n").encode() + honest + hidden, seconds=1)
        talk((head + each + "\r\n").encode() + b"0\r\n\r\n" + hidden, seconds=1)
    talk((head + "X: a\r\n\r\n").replace("\r\n", "\n").encode() + honest + hidden, seconds=1)
    return "sent"
