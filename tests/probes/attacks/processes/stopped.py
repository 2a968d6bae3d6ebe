"""Stops itself and its children, which then can't even be asked to end."""

import os
import signal

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("processes", "runner")
TASK_SECONDS = 3.0


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["timeout"]


def attempt(facts: Facts) -> str:
    for _ in range(3):
        if os.fork() == 0:
            break
    os.kill(os.getpid(), signal.SIGSTOP)
    return "ESCAPED: was not stopped"
