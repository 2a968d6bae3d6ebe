"""Hands in a sparse file, whose size and bytes are two things."""

import gzip
import tarfile

from tests.corral.project.archives import FILES, tar_entry, tarred
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    sparse = tar_entry("sparse", tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT)
    return gzip.compress(sparse + tarred(FILES))


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
