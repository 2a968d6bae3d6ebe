"""Names another host, proxies and upgrades, so that the gateway would fetch for it."""

from tests.probes.inside import Facts, Harmless, chat, request, status_of, talk, tried
from tests.probes.seen import Seen

HELD_BY = ("gateway",)
FORGED = ("X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: admin", "X-Original-URL: /slots")


def contained(seen: Seen) -> bool:
    """A forged host may be ignored: then the call is the run's own, and is counted as such."""
    answers = [answer for answer in seen.answers if isinstance(answer, str)]
    return len(seen.asked) == len(seen.ledger) and all(a.startswith("refused") for a in answers)


def ask(data: bytes, *, may_answer: bool = False) -> object:
    status = status_of(talk(data))
    if status in (0, 400, 404, 405, 501) or (may_answer and status == 200):
        raise Harmless(str(status))
    return status


def attempt(facts: Facts) -> str:
    path, body = "/v1/chat/completions", chat("hello")
    target = f"127.0.0.1:{facts['upstream_port']}"
    return tried(
        {
            "host": lambda: ask(request("POST", path, body, host=target), may_answer=True),
            "headers": lambda: ask(request("POST", path, body, more=FORGED), may_answer=True),
            "absolute": lambda: ask(request("POST", f"http://{target}{path}", body)),
            "CONNECT": lambda: ask(request("CONNECT", target)),
            "TRACE": lambda: ask(request("TRACE", path)),
            "upgrade": lambda: ask(
                request("GET", "/v1", more=("Upgrade: websocket", "Connection: Upgrade"))
            ),
        }
    )
