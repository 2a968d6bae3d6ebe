"""Hands in a link to the outside, and then a file that would be written through it."""

import gzip
import tarfile

from tests.corral.project.archives import FILES, tar_entry, tarred
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    link = tar_entry("out", tarfile.SYMTYPE, "..")
    through = tar_entry("out/secret", tarfile.REGTYPE, size=4)
    return gzip.compress(tarred(FILES, link, through))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
