"""Writes what a terminal obeys, for whoever reads its log or its answer there."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("runner",)
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b2J\x1b]52;c;ZXZpbA==\x07\r\u202egnp.exe"


def contained(seen: Seen) -> bool:
    """They are kept as the text that they are; what is printed of them, here too, is made safe."""
    return seen.answers == [ESCAPES] and seen.story.isprintable()


def attempt(facts: Facts) -> str:
    os.write(2, ESCAPES.encode())
    return ESCAPES
