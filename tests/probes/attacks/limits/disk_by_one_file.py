"""Writes one file without end."""

from tests.probes.inside import Facts, error_name
from tests.probes.seen import Seen

HELD_BY = ("mounts", "limits")
MIB = 1024 * 1024
LIMITS = {"scratch_bytes": 8 * MIB}


def contained(seen: Seen) -> bool:
    return bool(seen.answers) and seen.answers[0] in ("8 MiB, then EFBIG", "8 MiB, then ENOSPC")


def attempt(facts: Facts) -> str:
    with open("/tmp/file", "wb", buffering=0) as file:
        for number in range(64):
            try:
                file.write(bytes(MIB))
            except OSError as error:
                return f"{number} MiB, then {error_name(error)}"
    return "ESCAPED: 64 MiB"
