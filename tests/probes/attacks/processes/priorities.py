"""Takes the processor from everybody else: real-time scheduling, lower nice, disk priority."""

import os

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("uid", "processes")
REAL_TIME_DISK = 1 << 13


def attempt(facts: Facts) -> str:
    return tried(
        {
            "nice": lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
            "FIFO": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
            "RR": lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
            "ioprio": calling("ioprio_set", 1, 0, REAL_TIME_DISK),
            "victim": lambda: os.setpriority(os.PRIO_PROCESS, facts["victim"], 19),
        }
    )
