"""Hands in a hard link to a file of the host."""

import tarfile

from tests.corral.project.archives import FILES, tar_entry, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return tar_gz(FILES, tar_entry("link", tarfile.LNKTYPE, "/etc/shadow"))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
