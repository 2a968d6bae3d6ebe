"""Calls that are newer than the filter, such as no kernel has yet, and those of x32."""

import errno
import os
import signal

from tests.probes.calls import by_number
from tests.probes.inside import Facts, Harmless, in_child, tried

HELD_BY = ("seccomp",)
FIRST, LAST = 457, 560
X32 = 0x40000000
THERE = 9  # exit status of a child that found one


def unknown(number: int) -> bool:
    """Whether it is not there at all, so that programs fall back to what is filtered."""
    try:
        by_number(number, -1, -1, -1, -1)
    except OSError as error:
        return error.errno == errno.ENOSYS
    return False


def newer() -> object:
    there = [number for number in range(FIRST, LAST) if not unknown(number)]
    if there:
        return there
    raise Harmless("are not there")


def x32() -> object:
    """Their numbers are others for the same calls; a filter may also kill who makes one."""
    status = in_child(lambda: 0 if unknown(X32) and unknown(X32 + 521) else THERE)
    if status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS):
        raise Harmless("are not there")
    return status


def attempt(facts: Facts) -> str:
    return tried({f"{FIRST} to {LAST}": newer, "x32": x32})
