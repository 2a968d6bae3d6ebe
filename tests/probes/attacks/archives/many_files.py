"""Hands in more files than anybody wants to have on a disk."""

from tests.corral.project.archives import FILES, zipped
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return zipped({**FILES, **{f"f/{number}": b"" for number in range(6_000)}})


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
