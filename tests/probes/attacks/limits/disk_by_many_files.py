"""Writes many files, each of which is small enough."""

from tests.probes.inside import Facts, error_name
from tests.probes.seen import Seen

HELD_BY = ("mounts",)
MIB = 1024 * 1024
LIMITS = {"scratch_bytes": 8 * MIB}


def contained(seen: Seen) -> bool:
    return bool(seen.answers) and seen.answers[0] == "8 MiB, then ENOSPC"


def attempt(facts: Facts) -> str:
    for number in range(640):
        try:
            with open(f"/tmp/{number}", "wb") as file:
                file.write(bytes(MIB // 10))
        except OSError as error:
            return f"{round(number / 10)} MiB, then {error_name(error)}"
    return "ESCAPED: 64 MiB"
