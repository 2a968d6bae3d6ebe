"""Sends every signal to process 1: it may end its own run, and nothing else."""

import os
import signal
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("processes", "runner")
MAX_RESTARTS = 0
SPARED = (signal.SIGKILL, signal.SIGSTOP)


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["crash"] or seen.answers == ["refused: still here"]


def attempt(facts: Facts) -> str:
    for number in [*SPARED, *(set(signal.Signals) - set(SPARED))]:
        os.kill(1, number)
    time.sleep(0.3)
    return "refused: still here"
