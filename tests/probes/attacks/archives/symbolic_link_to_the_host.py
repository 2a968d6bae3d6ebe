"""Hands in a symbolic link to a folder of the host."""

import tarfile

from tests.corral.project.archives import FILES, tar_entry, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return tar_gz(FILES, tar_entry("etc", tarfile.SYMTYPE, "/etc"))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
