"""Opens files without end; the machine's table of open files is everybody's."""

import os

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("limits",)
LIMITS = {"open_files": 64}
SAFETY_NET = 900


def contained(seen: Seen) -> bool:
    return bool(seen.answers) and isinstance(seen.answers[0], int) and seen.answers[0] < 64


def attempt(facts: Facts) -> int:
    kept: list[int] = []
    try:
        while len(kept) < SAFETY_NET:
            kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    return len(kept)
