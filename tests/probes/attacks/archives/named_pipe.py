"""Hands in a named pipe, to make whoever reads the files wait for ever."""

import tarfile

from tests.corral.project.archives import FILES, tar_entry, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return tar_gz(FILES, tar_entry("pipe", tarfile.FIFOTYPE))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
