"""Computes for ever, in every process that it may have."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits", "runner")
LIMITS = {"cpu_seconds": 1}
TASK_SECONDS = 6.0
MAX_RESTARTS = 0


def contained(seen: Seen) -> bool:
    return seen.reasons == ["signal 24"] or seen.verdicts == ["timeout"]


def attempt(facts: Facts) -> None:
    os.fork()
    while True:
        pass
