"""Has the kernel send signals to a process of the host when a pipe gets ready (F_SETOWN)."""

import fcntl
import os
import signal

from tests.probes.inside import Facts, tried

HELD_BY = ("processes",)
F_SETSIG = 10


def arm(whom: int) -> int:
    reader, writer = os.pipe()
    fcntl.fcntl(reader, F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(reader, fcntl.F_SETOWN, whom)
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
    return os.write(writer, b"x")


def attempt(facts: Facts) -> str:
    victim = facts["victim"]
    return tried({"process": lambda: arm(victim), "group": lambda: arm(-victim)})
