"""Calls with the key of another run, with none, and with keys that look alike."""

from tests.probes.inside import Facts, chat, must_fail, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("gateway",)


def contained(seen: Seen) -> bool:
    return was_refused(seen) and not seen.asked and not seen.ledger


def attempt(facts: Facts) -> str:
    keys = {
        "another's": facts["neighbours_key"],
        "none": "",
        "a prefix": "run-",
        "a star": "*",
        "bytes": "run-\xff",
    }
    return tried(
        {
            name: must_fail("/v1/chat/completions", chat("hello"), key=key)
            for name, key in keys.items()
        }
    )
