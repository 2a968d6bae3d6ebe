"""Reads many big files, to push what others read out of the page cache."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 64 * MIB}
NEEDS = "memory"
WATCHED = True
SAFETY_NET = 200 * MIB


def contained(seen: Seen) -> bool:
    """It may read: what it reads is charged to itself, and given back instead of killing it."""
    limited = seen.most("memory_limit") <= 64 * MIB
    return seen.answers == ["read"] and limited


def attempt(facts: Facts) -> str:
    left = SAFETY_NET
    for folder, _, names in os.walk("/usr/lib"):
        for name in names:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    while left > 0 and (chunk := file.read(MIB)):
                        left -= len(chunk)
            except OSError:
                continue
            if left <= 0:
                return "read"
    return "read"
