"""Hands in a few kilobytes that unpack to more than may be had."""

from tests.corral.project.archives import FILES, tar_zst
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return tar_zst({**FILES, "zeros": bytes(220_000_000)})


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
