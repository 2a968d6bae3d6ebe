"""Hands in a tar with setuid, setgid and sticky files that everybody may write."""

import stat
import tarfile

from tests.corral.project.archives import FILES, tar_gz
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    entries = []
    for name, mode in (("root", 0o4777), ("group", 0o2777), ("sticky", 0o1777)):
        info = tarfile.TarInfo(name)
        info.mode, info.uid, info.gid, info.uname = mode, 0, 0, "root"
        entries.append(info)
    return tar_gz(FILES, *entries)


def contained(seen: Seen) -> bool:
    """They may be accepted: unpacked, they are ordinary files."""
    modes = {stat.S_IMODE(mode) for mode in seen.facts["modes"].values()}
    return modes <= {0o644, 0o755} and (bool(modes) or bool(seen.refusal))
