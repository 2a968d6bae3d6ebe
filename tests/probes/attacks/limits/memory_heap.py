"""Takes memory without end."""

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 64 * MIB}
WATCHED = True
MAX_RESTARTS = 0
SAFETY_NET = 256


def contained(seen: Seen) -> bool:
    small = seen.most("memory_bytes") <= 80 * MIB  # of which bwrap and process 1 have their share
    return small and (seen.reasons == ["out of memory"] or seen.answers == ["refused: MemoryError"])


def attempt(facts: Facts) -> str:
    blocks: list[bytearray] = []
    try:
        while len(blocks) < SAFETY_NET:
            blocks.append(bytearray(b"x" * MIB))
    except MemoryError:
        blocks.clear()
        return "refused: MemoryError"
    return f"ESCAPED: took {len(blocks)} MiB"
