"""Hands in a block device: the disk of whoever unpacks it."""

import tarfile

from tests.corral.project.archives import FILES, tar_entry, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return tar_gz(FILES, tar_entry("disk", tarfile.BLKTYPE))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
