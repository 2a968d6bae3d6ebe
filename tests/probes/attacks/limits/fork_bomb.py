"""Forks without end."""

import os
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
LIMITS = {"pids": 20}
WATCHED = True
SAFETY_NET = 120  # it stops by itself here, even where nothing holds it
OWN = 8  # bwrap and process 1, and room for them


def contained(seen: Seen) -> bool:
    """It may also be killed for the memory of its children; the host never saw more of them."""
    counted = seen.answers and isinstance(seen.answers[0], int) and seen.answers[0] <= 20
    held = counted or set(seen.reasons) == {"out of memory"}
    return bool(held) and seen.most("processes") <= 20 + OWN


def attempt(facts: Facts) -> int:
    made = 0
    while made < SAFETY_NET:
        try:
            child = os.fork()
        except BlockingIOError:
            break
        if child == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
    time.sleep(0.2)  # for the host to look
    return made
