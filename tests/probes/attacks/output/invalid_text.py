"""Answers with what is no UTF-8, with NUL, and with halves of characters."""

from tests.probes.inside import Facts, say
from tests.probes.seen import Seen

HELD_BY = ("runner",)
TASKS = 3


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["invalid_output"] * 3


def attempt(facts: Facts) -> None:
    outputs = {"t-0": b'"\xff\xfe"', "t-1": b'"a\\u0000b"', "t-2": b'"\\ud800"'}
    key = facts["id"]
    say(b'{"id": "' + key.encode() + b'", "output": ' + outputs[key] + b"}\n")
