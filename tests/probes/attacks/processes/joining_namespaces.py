"""Joins the namespaces of process 1, or any that it can name."""

import os
from functools import partial

from tests.probes.calls import system_call
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")


def join(path: str) -> int:
    return system_call("setns", os.open(path, os.O_RDONLY), 0)


def attempt(facts: Facts) -> str:
    kinds = ("mnt", "net", "pid", "user", "uts")
    pids = ("self", "1", str(facts["victim"]))
    return tried(
        {f"{pid} {kind}": partial(join, f"/proc/{pid}/ns/{kind}") for pid in pids for kind in kinds}
    )
