"""Writes a gigabyte to its log."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("runner",)
LIMITS = {"log_bytes": 16 * 1024}


def contained(seen: Seen) -> bool:
    return seen.answers == ["written"] and len(seen.log) <= 32 * 1024 + 200


def attempt(facts: Facts) -> str:
    for _ in range(256):
        os.write(2, b"x" * (1 << 20))
    return "written"
