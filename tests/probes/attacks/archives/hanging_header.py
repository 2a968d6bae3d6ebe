"""Hands in a tar whose extended header has a length of zero, on which readers have hung."""

import gzip
import tarfile

from tests.corral.project.archives import FILES, tarred
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    record = b"0 path=x\n"
    head = tarfile.TarInfo("header")
    head.type, head.size = tarfile.XHDTYPE, len(record)
    block = head.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")
    return gzip.compress(block + tarred(FILES))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
