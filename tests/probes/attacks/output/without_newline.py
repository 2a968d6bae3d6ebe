"""Writes gigabytes to stdout without ending a line."""

from tests.probes.inside import Facts, say
from tests.probes.seen import Seen

HELD_BY = ("runner",)
SAFETY_NET = 4096


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["invalid_output"]


def attempt(facts: Facts) -> None:
    for _ in range(SAFETY_NET):
        say(b"x" * (1 << 20))
