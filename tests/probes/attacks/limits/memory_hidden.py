"""Has a child burst, and says that all went well: the end that the kernel counted must be told."""

import os
import subprocess
import sys

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
MIB = 1024 * 1024
LIMITS = {"memory_bytes": 64 * MIB}
NEEDS = "memory"
MAX_RESTARTS = 0
BURST = "x = []\nwhile len(x) < 256: x.append(bytearray(b'x' * (1 << 20)))\nprint('took all')"


def contained(seen: Seen) -> bool:
    return seen.reasons == ["out of memory"]


def attempt(facts: Facts) -> str:
    done = subprocess.run(
        [sys.executable, "-S", "-c", BURST], stderr=subprocess.DEVNULL, capture_output=False,
        stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    if done.stdout:
        return "ESCAPED: the child took 256 MiB"
    os._exit(0)  # as if nothing had happened
