"""Hands in a file that claims to have eight terabytes, and a sparse one."""

import gzip
import tarfile

from tests.corral.project.archives import FILES, tar_entry, tarred
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    claim = tarfile.TarInfo("claim")
    claim.size = 1 << 43
    head = claim.tobuf(tarfile.GNU_FORMAT)
    sparse = tar_entry("sparse", tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT)
    return gzip.compress(tarred(FILES).rstrip(b"\0") + bytes(1024) + sparse + head)


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
