"""Hands in a manifest that nests too deeply for whoever parses it."""

from tests.corral.project.archives import FILES, zipped
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return zipped({**FILES, "corral.toml": b"a = " + b"[" * 30_000 + b"]" * 30_000})


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
