"""Lists the processes of the host."""

import os

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("processes",)


def others() -> object:
    own = {1, os.getpid(), os.getppid()}
    found = {int(name) for name in os.listdir("/proc") if name.isdigit()} - own
    if found:
        return sorted(found)
    raise Harmless("shows only my own")


def attempt(facts: Facts) -> str:
    return tried({"/proc": others, "victim": lambda: os.listdir(f"/proc/{facts['victim']}")})
