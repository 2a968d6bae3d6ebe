"""Changes the kernel's settings under /proc; each value is written back as it was read."""

import os
from functools import partial

from tests.probes.inside import Facts, tried, write_back

HELD_BY = ("uid",)
SETTINGS = "kernel/modprobe kernel/panic kernel/randomize_va_space vm/swappiness fs/suid_dumpable"


def openable(path: str) -> None:
    """Opening is enough to know: a single byte in here could stop the machine."""
    os.close(os.open(path, os.O_WRONLY))


def attempt(facts: Facts) -> str:
    return tried(
        {name: write_back("/proc/sys/" + name) for name in SETTINGS.split()}
        | {name: partial(openable, "/proc/" + name) for name in ("sysrq-trigger", "kcore")}
    )
