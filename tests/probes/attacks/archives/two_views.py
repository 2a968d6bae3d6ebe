"""Hands in a zip that names a file otherwise in its directory than before its bytes."""

from tests.corral.project.archives import FILES, zipped
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    honest = zipped({**FILES, "harmless.py": b"x"})
    return honest.replace(b"harmless.py", b"../../secre", 1)


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
