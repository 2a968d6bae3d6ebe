"""Leaves a daemon that outlives its parent, in a session of its own."""

import os
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("processes", "runner")


def contained(seen: Seen) -> bool:
    """That none of them is alive once the run is recorded is looked at for every probe."""
    return seen.answers == ["left behind"]


def attempt(facts: Facts) -> str:
    for _ in range(4):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 3)
                time.sleep(600)
            os._exit(0)
        os.wait()
    return "left behind"
