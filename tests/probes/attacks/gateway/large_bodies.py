"""Sends bodies and headers without end."""

import os

from tests.probes.inside import Facts, Harmless, chat, request, status_of, talk, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("gateway",)
MIB = 1024 * 1024


def contained(seen: Seen) -> bool:
    return was_refused(seen) and not seen.asked


def ask(data: bytes) -> object:
    status = status_of(talk(data))
    if status == 0 or 400 <= status < 500:
        raise Harmless(str(status or "hung up"))
    return status


def chunked() -> bytes:
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: Bearer {os.environ['OPENAI_API_KEY']}\r\n\r\n"
    )
    return head.encode() + (b"100000\r\n" + b"x" * MIB + b"\r\n") * 8


def attempt(facts: Facts) -> str:
    path = "/v1/chat/completions"
    declared = request("POST", path).replace(b"Content-Length: 0", b"Content-Length: 99999999999")
    return tried(
        {
            "8 MiB": lambda: ask(request("POST", path, chat("x" * 8 * MIB))),
            "declared": lambda: ask(declared),
            "chunked": lambda: ask(chunked()),
            "one header": lambda: ask(request("POST", path, more=("X: " + "x" * MIB,))),
            "headers": lambda: ask(request("POST", path, more=("X: y",) * 50_000)),
            "address": lambda: ask(request("POST", path + "?" + "x" * MIB)),
            "depth": lambda: ask(request("POST", path, b"[" * 500_000)),
        }
    )
