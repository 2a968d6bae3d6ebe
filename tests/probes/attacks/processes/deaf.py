"""Ignores every signal that can be ignored, and never answers."""

import signal
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("runner", "processes")
TASK_SECONDS = 3.0


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["timeout"]


def attempt(facts: Facts) -> str:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(600)
