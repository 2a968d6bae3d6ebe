"""Crashes, to leave a dump of its memory on the host's disk."""

import os
import resource
import signal

from tests.probes.inside import Facts, Harmless, in_child, tried

HELD_BY = ("limits", "mounts")


def crash() -> int:
    os.chdir("/tmp")
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def dumped() -> object:
    status = in_child(crash)
    if os.WCOREDUMP(status) or os.listdir("/tmp"):
        return "a dump", os.listdir("/tmp")
    raise Harmless("left nothing")


def allowed() -> object:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if hard not in (0, 1):
        return hard
    raise Harmless(f"is {hard}")


def attempt(facts: Facts) -> str:
    return tried({"crash": dumped, "limit": allowed})
