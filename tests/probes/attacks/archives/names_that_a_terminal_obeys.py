"""Hands in names with terminal escapes, line ends and marks that turn text around."""

from tests.corral.project.archives import FILES, zipped
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    names = ("a\x1b[2Jb", "a\nb", "a\u202eb", "a\x07b")
    return zipped({**FILES, **dict.fromkeys(names, b"x")})


def contained(seen: Seen) -> bool:
    """The sentence that a person reads of it holds none of them."""
    return seen.refusal.startswith("refused") and seen.refusal.isprintable()
