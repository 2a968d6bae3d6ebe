"""Hands in links that only together lead out: a folder, and one through it."""

import tarfile

from tests.corral.project.archives import FILES, tar_entry, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return tar_gz(
        FILES, tar_entry("a", tarfile.SYMTYPE, "."), tar_entry("b", tarfile.SYMTYPE, "a/../secret")
    )


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
