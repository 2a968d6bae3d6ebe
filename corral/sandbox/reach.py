"""Whether a dropped uid can reach a path: it cannot traverse private homes."""

import os
import stat
from pathlib import Path


def barrier(path: Path, uid: int | None) -> Path | None:
    """The first folder or file on the way to `path` that `uid` cannot pass or read; else None.

    `uid` has a group of the same number and no other, as sandboxes have; None: the caller's own.
    Access control lists are not looked at.
    """
    absolute = path.absolute()
    for step in [*reversed(absolute.parents), absolute]:
        wanted = os.R_OK if step == absolute else os.X_OK
        if not _may(step, wanted, uid):
            return step
    resolved = absolute.resolve()
    return None if resolved == absolute else barrier(resolved, uid)


def _may(path: Path, wanted: int, uid: int | None) -> bool:
    if uid is None:
        return os.access(path, wanted)
    try:
        found = path.stat()
    except OSError:
        return False
    return bool(_bits_for(found, uid) & wanted)


def _bits_for(found: os.stat_result, uid: int) -> int:
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == uid:
        return mode >> 6
    if found.st_gid == uid:
        return mode >> 3
    return mode
