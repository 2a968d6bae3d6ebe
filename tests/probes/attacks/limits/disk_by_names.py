"""Makes empty files without end: names take memory, too."""

import os

from tests.probes.inside import Facts, error_name
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 48 * MIB}
NEEDS = "memory"
MAX_RESTARTS = 0
SAFETY_NET = 120_000


def contained(seen: Seen) -> bool:
    return seen.reasons == ["out of memory"] or any("ENOSPC" in each for each in seen.answers)


def attempt(facts: Facts) -> str:
    for number in range(SAFETY_NET):
        try:
            os.mknod(f"/tmp/{number}")
        except OSError as error:
            return f"{number} names, then {error_name(error)}"
    return f"ESCAPED: {SAFETY_NET} names"
