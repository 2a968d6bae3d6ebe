"""Hands in a manifest that is itself a link to a file of the host."""

import tarfile

from tests.corral.project.archives import tar_entry, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    link = tar_entry("corral.toml", tarfile.SYMTYPE, "/etc/passwd")
    return tar_gz({"main.py": b""}, link)


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
