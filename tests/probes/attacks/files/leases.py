"""Takes leases on the system's files, so that whoever opens them on the host has to wait."""

import fcntl
import os
from functools import partial

from tests.probes.inside import Facts, tried

HELD_BY = ("uid",)
FILES = ("/usr/bin/env", "/usr/bin/python3", "/usr/lib")


def lease(path: str, kind: int) -> int:
    return fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_SETLEASE, kind)


def attempt(facts: Facts) -> str:
    return tried(
        {
            f"{name} lease of {path}": partial(lease, path, kind)
            for path in FILES
            for name, kind in {"read": fcntl.F_RDLCK, "write": fcntl.F_WRLCK}.items()
        }
    )
