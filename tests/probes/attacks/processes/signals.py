"""Sends signals to processes of the host: by number, to groups, and to everybody."""

import os
import signal

from tests.probes.inside import Facts, in_child, tried

HELD_BY = ("processes",)


def everybody() -> int:
    os.setpgid(0, 0)
    os.kill(-1, signal.SIGCONT)  # what stops or kills would reach the one who asks, too
    return 0


def attempt(facts: Facts) -> str:
    in_child(everybody)
    victim, worker = facts["victim"], facts["worker"]
    return tried(
        {
            "victim": lambda: os.kill(victim, signal.SIGKILL),
            "victim's group": lambda: os.killpg(victim, signal.SIGSTOP),
            "worker": lambda: os.kill(worker, signal.SIGCONT),
            "pidfd": lambda: os.pidfd_open(victim),
        }
    )
