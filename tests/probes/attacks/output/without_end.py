"""Writes lines to stdout for ever."""

from tests.probes.inside import Facts, say
from tests.probes.seen import Seen

HELD_BY = ("runner",)
SAFETY_NET = 100_000


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["invalid_output"] and seen.log_bytes < 64 * 1024


def attempt(facts: Facts) -> None:
    for _ in range(SAFETY_NET):
        say(b"{}\nno answer\n" * 1000)
