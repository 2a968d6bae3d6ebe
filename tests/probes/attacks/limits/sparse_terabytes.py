"""Makes a file of a terabyte that has no content, and reserves space for another."""

import os

from tests.probes.inside import Facts, tried

HELD_BY = ("limits",)
TERABYTE = 1 << 40


def attempt(facts: Facts) -> str:
    descriptor = os.open("/tmp/sparse", os.O_RDWR | os.O_CREAT)
    return tried(
        {
            "truncate": lambda: os.ftruncate(descriptor, TERABYTE),
            "fallocate": lambda: os.posix_fallocate(descriptor, 0, TERABYTE),
            "far write": lambda: os.pwrite(descriptor, b"x", TERABYTE),
        }
    )
