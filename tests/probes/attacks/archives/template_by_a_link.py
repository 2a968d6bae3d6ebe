"""Hands in a prompt whose template is a link to a file of the host."""

import tarfile

from tests.corral.project.archives import PROMPT_MANIFEST, tar_entry, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    link = tar_entry("prompt.txt", tarfile.SYMTYPE, "/etc/passwd")
    return tar_gz({"corral.toml": PROMPT_MANIFEST}, link)


def contained(seen: Seen) -> bool:
    return bool(seen.refusal)
