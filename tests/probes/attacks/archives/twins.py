"""Hands in the same name twice, by case and by spelling, so that readers disagree on it."""

from tests.corral.project.archives import FILES, zipped
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return zipped({**FILES, "MAIN.py": b"other", "caf\u00e9": b"a", "cafe\u0301": b"b"})


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
