"""Answers with JSON that bursts its reader: depth, digits, twins, and what is none."""

from tests.probes.inside import Facts, say
from tests.probes.seen import Seen

HELD_BY = ("runner",)
OUTPUTS = (
    b"[" * 20_000 + b"]" * 20_000,
    b'{"a":' * 200 + b"1" + b"}" * 200,
    b"9" * 5_000,
    b"1e999",
    b"NaN",
    b'{"a": 1, "a": 2}',
)
TASKS = len(OUTPUTS)
TASK_SECONDS = 5.0


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["invalid_output"] * TASKS


def attempt(facts: Facts) -> None:
    output = OUTPUTS[int(facts["id"].split("-")[1])]
    say(b'{"id": "' + facts["id"].encode() + b'", "output": ' + output + b"}\n")
