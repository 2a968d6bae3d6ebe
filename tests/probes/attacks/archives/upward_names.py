"""Hands in files whose names lead upwards, to the root, to a drive, or end in the middle."""

from tests.corral.project.archives import FILES, zipped
from tests.probes.seen import Seen

HELD_BY = ("archive",)
NAMES = ("../secret", "a/../../secret", "/etc/passwd", "C:\\boot.ini", "..\\secret", "a//../../b")


def archive() -> bytes:
    return zipped({**FILES, **dict.fromkeys(NAMES, b"x")})


def contained(seen: Seen) -> bool:
    return seen.refusal.startswith("refused") and "secret" in seen.refusal
