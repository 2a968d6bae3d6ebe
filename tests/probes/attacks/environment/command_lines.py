"""Reads keys and paths of the host off the command lines of all processes."""

import os
from functools import partial

from tests.probes.inside import Facts, Harmless, read, tried

HELD_BY = ("launch", "processes")


def telling(pid: str, facts: Facts) -> object:
    line = read(f"/proc/{pid}/cmdline", 65536).decode(errors="replace")
    for what in (facts["own_folder"], facts["neighbour"], os.environ["OPENAI_API_KEY"]):
        if what in line:
            return what
    raise Harmless("tells nothing")


def attempt(facts: Facts) -> str:
    pids = sorted(name for name in os.listdir("/proc") if name.isdigit())
    return tried({pid: partial(telling, pid, facts) for pid in pids})
