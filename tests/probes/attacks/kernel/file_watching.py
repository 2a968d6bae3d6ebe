"""Watches what is opened on whole file systems, by fanotify."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)
REPORT_FID = 0x200


def attempt(facts: Facts) -> str:
    return tried({"fanotify": calling("fanotify_init", REPORT_FID, 0)})
