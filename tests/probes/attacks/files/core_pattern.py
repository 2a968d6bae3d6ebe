"""Writes to core_pattern, from which the host's kernel starts a program as root."""

from tests.probes.inside import Facts, tried, write_back

HELD_BY = ("uid",)


def attempt(facts: Facts) -> str:
    # What it says is written back: even where it works, nothing is changed.
    return tried({"core_pattern": write_back("/proc/sys/kernel/core_pattern")})
