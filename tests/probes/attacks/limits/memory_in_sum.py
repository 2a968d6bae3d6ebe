"""Takes memory in many processes, each of which stays below the limit."""

import os
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 96 * MIB}
NEEDS = "memory"
WATCHED = True
MAX_RESTARTS = 0
EACH, CHILDREN = 32, 6


def contained(seen: Seen) -> bool:
    return seen.most("memory_bytes") <= 110 * MIB


def attempt(facts: Facts) -> str:
    for _ in range(CHILDREN):
        if os.fork() == 0:
            block = bytearray(b"x" * (EACH * MIB))
            time.sleep(0.6)
            os._exit(len(block) == 0)
    ends = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(CHILDREN)]
    return f"children ended with {ends}"
