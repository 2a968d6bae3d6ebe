"""Takes descriptors out of other processes by pidfd_getfd, and compares them by kcmp."""

import os

from tests.probes.calls import calling, system_call
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)


def taken(pid: int, descriptor: int) -> int:
    return system_call("pidfd_getfd", os.pidfd_open(pid), descriptor, 0)


def attempt(facts: Facts) -> str:
    return tried(
        {
            "own": lambda: taken(os.getpid(), 0),
            "process 1": lambda: taken(1, 0),
            "kcmp": calling("kcmp", os.getpid(), os.getpid(), 0, 0, 1),
        }
    )
