"""Swaps, quotas and accounting: what an administrator does with disks."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")


def attempt(facts: Facts) -> str:
    return tried(
        {
            "swapon": calling("swapon", b"/tmp/none", 0),
            "swapoff": calling("swapoff", b"/tmp/none"),
            "quotactl": calling("quotactl", 0x80000100, None, 0, None),
            "acct": calling("acct", b"/tmp/none"),
            "vhangup": calling("vhangup"),
        }
    )
