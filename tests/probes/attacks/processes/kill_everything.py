"""Kills everything that it can reach, from a child: its own run ends, and nothing else."""

import os
import signal
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("processes",)
MAX_RESTARTS = 0


def contained(seen: Seen) -> bool:
    return seen.reasons == ["signal 9"]


def attempt(facts: Facts) -> str:
    if os.fork() == 0:
        os.kill(-1, signal.SIGKILL)
        os._exit(0)
    time.sleep(10)
    return "ESCAPED: nobody was killed"
