"""Traces process 1 and a child of its own with ptrace."""

import os
import signal
import time

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)
TRACEME, ATTACH, SEIZE = 0, 16, 0x4206


def attempt(facts: Facts) -> str:
    child = os.fork()
    if child == 0:
        time.sleep(10)
        os._exit(0)
    try:
        return tried(
            {
                "seize child": calling("ptrace", SEIZE, child, 0, 0),
                "attach to 1": calling("ptrace", ATTACH, 1, 0, 0),
                "seize 1": calling("ptrace", SEIZE, 1, 0, 0),
                "traceme": calling("ptrace", TRACEME, 0, 0, 0),
            }
        )
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
