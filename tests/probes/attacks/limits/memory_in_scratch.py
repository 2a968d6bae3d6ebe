"""Fills its scratch, which is memory, beyond the memory that it may have."""

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 64 * MIB, "scratch_bytes": 192 * MIB}
NEEDS = "memory"
MAX_RESTARTS = 0


def contained(seen: Seen) -> bool:
    return seen.reasons == ["out of memory"]


def attempt(facts: Facts) -> str:
    for number in range(16):
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(8 * MIB))
    return "ESCAPED: 128 MiB are in scratch"
