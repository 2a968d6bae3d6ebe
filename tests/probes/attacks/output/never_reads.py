"""Reads nothing more after its first task, while many wait for it."""

import os
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("runner",)
TASKS = 8
CONCURRENCY = 8
TASK_SECONDS = 3.0


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["timeout"] * TASKS


def attempt(facts: Facts) -> None:
    os.close(0)
    time.sleep(60)
