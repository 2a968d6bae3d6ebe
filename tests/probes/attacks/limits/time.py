"""Never answers; then answers another task after the time of the first is over."""

import time

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("runner",)
TASK_SECONDS = 3.0
TASKS = 2


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["timeout", "timeout"]


def attempt(facts: Facts) -> str:
    time.sleep(30)
    return "ESCAPED: too late"
