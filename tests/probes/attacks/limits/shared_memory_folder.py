"""Fills /dev/shm, which has no size of its own."""

from tests.probes.inside import Facts, error_name
from tests.probes.seen import Seen

HELD_BY = ("mounts",)
MIB = 1024 * 1024
LIMITS = {"scratch_bytes": 8 * MIB}


def contained(seen: Seen) -> bool:
    return seen.answers == ["8 MiB, then ENOSPC"]


def attempt(facts: Facts) -> str:
    for number in range(64):
        try:
            with open(f"/dev/shm/{number}", "wb") as file:
                file.write(bytes(MIB))
        except OSError as error:
            return f"{number} MiB, then {error_name(error)}"
    return "ESCAPED: 64 MiB"
