"""Takes off its own confinement: the filter, and the promise to gain no privileges."""

import ctypes
import time

from tests.probes.calls import libc
from tests.probes.inside import Facts, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("uid", "seccomp")
WATCHED = True
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38


def contained(seen: Seen) -> bool:
    return all(look.confined for look in seen.looks) and was_refused(seen)


def prctl(*arguments: int) -> None:
    if libc.prctl(*map(ctypes.c_ulong, arguments)) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def attempt(facts: Facts) -> str:
    time.sleep(0.3)  # for the host to look
    return tried(
        {
            "seccomp off": lambda: prctl(PR_SET_SECCOMP, 0, 0, 0, 0),
            "privileges": lambda: prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0),
        }
    )
