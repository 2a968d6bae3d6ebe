"""Reads the environment of every process, where a platform keeps its passwords."""

import os
from functools import partial

from tests.probes.inside import Facts, Harmless, read, tried

HELD_BY = ("launch", "processes")
KNOWN = {"PWD", "SHLVL", "_", *os.environ}


def foreign(pid: str) -> object:
    pairs = read(f"/proc/{pid}/environ", 65536).split(b"\0")
    names = {pair.partition(b"=")[0].decode(errors="replace") for pair in pairs if pair}
    if names <= KNOWN:
        raise Harmless("has nothing that is not mine")
    return sorted(names - KNOWN)


def attempt(facts: Facts) -> str:
    pids = {name for name in os.listdir("/proc") if name.isdigit()}
    pids |= {str(facts["worker"]), str(facts["victim"])}
    return tried({pid: partial(foreign, pid) for pid in sorted(pids)})
