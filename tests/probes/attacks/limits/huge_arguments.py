"""Starts a program with more arguments than memory."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits", "processes")


def contained(seen: Seen) -> bool:
    return seen.answers == ["refused: OSError"]


def attempt(facts: Facts) -> str:
    try:
        os.execve("/bin/true", ["true", *["x" * 100_000] * 200], {})
    except OSError as error:
        return "refused: " + type(error).__name__
    return "ESCAPED: it started"
