"""Handles its own page faults (userfaultfd), which makes races in the kernel easy to win."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)
USER_MODE_ONLY = 1


def attempt(facts: Facts) -> str:
    return tried(
        {
            "any": calling("userfaultfd", 0),
            "user mode only": calling("userfaultfd", USER_MODE_ONLY),
        }
    )
