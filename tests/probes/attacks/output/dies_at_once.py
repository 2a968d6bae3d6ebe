"""Dies whenever it is started, to be started for ever."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("runner",)
TASKS = 6
MAX_RESTARTS = 3


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["crash"] * TASKS and "restarted 3 times" in seen.reasons[-1]


def attempt(facts: Facts) -> None:
    os._exit(9)
