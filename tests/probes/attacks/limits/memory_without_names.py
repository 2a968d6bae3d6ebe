"""Keeps memory in files without a name and in shared mappings."""

import mmap
import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 64 * MIB}
NEEDS = "memory"
MAX_RESTARTS = 0


def contained(seen: Seen) -> bool:
    return seen.reasons == ["out of memory"]


def attempt(facts: Facts) -> str:
    kept = []
    for number in range(16):
        descriptor = os.memfd_create(str(number))
        os.write(descriptor, bytes(8 * MIB))
        shared = mmap.mmap(-1, 2 * MIB)
        shared.write(b"x" * (2 * MIB))
        kept.append((descriptor, shared))
    return "ESCAPED: 160 MiB are kept"
