"""Hands in a file that claims to have eight terabytes."""

import gzip
import tarfile

from tests.corral.project.archives import FILES, tarred
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    claim = tarfile.TarInfo("claim")
    claim.size = 1 << 43
    return gzip.compress(claim.tobuf(tarfile.GNU_FORMAT) + tarred(FILES))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
