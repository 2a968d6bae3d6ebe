"""Forks in every child of every child, so that no single process is to blame."""

import os
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
LIMITS = {"pids": 24}
WATCHED = True
TASK_SECONDS = 3.0
SAFETY_NET = 7  # generations: 128 processes at most
OWN = 8


def contained(seen: Seen) -> bool:
    ended = seen.verdicts == ["timeout"] or seen.reasons == ["out of memory"]
    return ended and seen.most("processes") <= 24 + OWN


def attempt(facts: Facts) -> None:
    for _ in range(SAFETY_NET):
        try:
            os.fork()
        except BlockingIOError:
            break
    time.sleep(60)
