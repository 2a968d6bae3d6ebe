"""Closes its stdout and its log and lives on."""

import os
import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("runner",)
TASK_SECONDS = 3.0


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["timeout"]


def attempt(facts: Facts) -> None:
    os.closerange(0, 3)
    time.sleep(60)
