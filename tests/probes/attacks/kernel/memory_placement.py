"""Moves memory between nodes and processes, and hides some from the kernel itself."""

import os

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)


def attempt(facts: Facts) -> str:
    return tried(
        {
            "memfd_secret": calling("memfd_secret", 0),
            "get_mempolicy": calling("get_mempolicy", None, None, 0, None, 0),
            "set_mempolicy": calling("set_mempolicy", 0, None, 0),
            "mbind": calling("mbind", 0, 0, 0, None, 0, 0),
            "move_pages": calling("move_pages", os.getpid(), 0, None, None, None, 0),
            "migrate_pages": calling("migrate_pages", os.getpid(), 0, None, None),
            "process_madvise": calling("process_madvise", 0, None, 0, 0, 0),
        }
    )
