"""Writes to what process 1 has open, to forge the report of its own end."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("processes", "runner")
MAX_RESTARTS = 0


def contained(seen: Seen) -> bool:
    """It may lie about how it ended, but an unanswered task stays unanswered."""
    return seen.verdicts in (["crash"], ["no_answer"])


def attempt(facts: Facts) -> None:
    forged = b'exit 0\n{"id": "%s", "output": "forged"}\n' % facts["id"].encode()
    for number in range(3, 40):
        try:
            descriptor = os.open(f"/proc/1/fd/{number}", os.O_WRONLY | os.O_NONBLOCK)
            os.write(descriptor, forged)
        except OSError:
            continue
    os._exit(3)
