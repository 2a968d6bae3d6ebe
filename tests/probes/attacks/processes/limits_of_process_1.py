"""Runs code in process 1, where that may more than the project: its limits would be gone."""

import os
import resource
from functools import partial

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("processes", "limits")
NAMES = ("NPROC", "NOFILE", "FSIZE", "CPU", "CORE", "DATA")


def lift(name: str) -> object:
    """The kernel knows whose a hard limit is; a process that has more can only be taken over."""
    number = getattr(resource, "RLIMIT_" + name)
    theirs, own = resource.prlimit(1, number), resource.getrlimit(number)
    if theirs[1] == own[1] or 0 <= theirs[1] < own[1]:
        raise Harmless("is no higher there")
    take_over()
    return f"{own[1]}, process 1 has {theirs[1]} and its memory can be written"


def take_over() -> None:
    """Write back one byte of its stack: enough to run code of one's own in there."""
    with open("/proc/1/maps") as file:
        start = next(int(line.split("-")[0], 16) for line in file if "[stack]" in line)
    memory = os.open("/proc/1/mem", os.O_RDWR)
    os.pwrite(memory, os.pread(memory, 1, start), start)


def attempt(facts: Facts) -> str:
    return tried({name: partial(lift, name) for name in NAMES})
