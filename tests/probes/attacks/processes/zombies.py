"""Leaves as many dead children unburied as it may have."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("processes", "limits")
LIMITS = {"pids": 16}
FAR_MORE = 60


def contained(seen: Seen) -> bool:
    return bool(seen.answers) and seen.answers[0] < FAR_MORE


def attempt(facts: Facts) -> int:
    made = 0
    while made < FAR_MORE:
        try:
            child = os.fork()
        except BlockingIOError:
            break
        if child == 0:
            os._exit(0)
        made += 1
    return made
