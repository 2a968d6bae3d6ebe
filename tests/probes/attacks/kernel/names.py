"""Renames the machine and its domain."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")


def attempt(facts: Facts) -> str:
    return tried(
        {
            "sethostname": calling("sethostname", b"probed", 6),
            "setdomainname": calling("setdomainname", b"probed", 6),
        }
    )
