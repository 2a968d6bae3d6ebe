"""Hands in a tar whose extended headers give a harmless entry another name."""

import gzip
import tarfile

from tests.corral.project.archives import FILES, tarred
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    entry = tarfile.TarInfo("harmless")
    entry.pax_headers = {"path": "../secret"}
    return gzip.compress(tarred(FILES, entry))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
