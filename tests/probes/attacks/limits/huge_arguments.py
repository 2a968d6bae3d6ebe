"""Starts a program with more arguments than memory."""

import os

from tests.probes.inside import Facts, tried

HELD_BY = ("limits", "processes")


def attempt(facts: Facts) -> str:
    return tried({"execve": lambda: os.execve("/bin/true", ["true", *["x" * 100_000] * 200], {})})
