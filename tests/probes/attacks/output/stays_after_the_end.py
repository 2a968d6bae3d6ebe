"""Answers everything, and then does not end."""

import os
import time

from tests.probes.inside import Facts, answer
from tests.probes.seen import Seen

HELD_BY = ("runner", "processes")


def contained(seen: Seen) -> bool:
    return seen.answers == ["done"]


def attempt(facts: Facts) -> None:
    answer(facts["id"], "done")
    os.fork()
    while True:
        time.sleep(60)
