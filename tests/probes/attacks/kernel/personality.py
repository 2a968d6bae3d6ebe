"""Turns address randomisation off for what it runs, to make other holes easier to use."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)


def attempt(facts: Facts) -> str:
    return tried(
        {
            "no randomisation": calling("personality", 0x0040000),
            "read implies execute": calling("personality", 0x0400000),
        }
    )
