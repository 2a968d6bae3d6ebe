"""Asks for the model server's own addresses: slots, tokenizer, metrics, files, weights."""

from functools import partial

from tests.probes.inside import Facts, Harmless, request, status_of, talk, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("gateway",)
PATHS = (
    *("/", "/slots", "/props", "/metrics", "/tokenize", "/apply-template", "/lora-adapters"),
    *("/v1/files", "/v1/fine_tuning/jobs", "/v1/../slots", "/v1/%2e%2e/slots", "//slots"),
    *("/v1/chat/completions/../../../slots", "/v1/models/../../slots", "/v1/chat/completions%00"),
    *("http://127.0.0.1/slots", "http://169.254.169.254/latest/meta-data", "*", "/v1\\slots"),
)


def contained(seen: Seen) -> bool:
    return was_refused(seen) and not seen.asked


def ask(method: str, path: str) -> object:
    reply = talk(request(method, path, b"{}" if method == "POST" else b""))
    status = status_of(reply)
    if status in (0, 400, 404, 405):
        raise Harmless(str(status))
    return reply[:80]


def attempt(facts: Facts) -> str:
    return tried(
        {
            f"{method} {path}": partial(ask, method, path)
            for path in PATHS
            for method in ("GET", "POST")
        }
    )
