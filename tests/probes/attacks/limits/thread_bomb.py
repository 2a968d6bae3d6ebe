"""Starts threads without end, which count like processes."""

import threading
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
LIMITS = {"pids": 20}
SAFETY_NET = 120


def contained(seen: Seen) -> bool:
    return bool(seen.answers) and isinstance(seen.answers[0], int) and seen.answers[0] <= 20


def attempt(facts: Facts) -> int:
    threading.stack_size(64 * 1024)
    made = 0
    while made < SAFETY_NET:
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            break
        made += 1
    return made
