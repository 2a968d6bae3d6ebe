"""Calls that are newer than the filter, and such as no kernel has yet."""

import errno

from tests.probes.calls import by_number
from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("seccomp",)
FIRST, LAST = 457, 560


def unknown(number: int) -> object:
    """Not there at all, so that programs fall back to what is filtered."""
    try:
        return by_number(number, -1, -1, -1, -1)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            return f"is there: {error}"
    raise Harmless("")


def all_unknown() -> object:
    for number in (*range(FIRST, LAST), 0x40000000, 0x400000FF, 2**31 - 1):
        try:
            return number, unknown(number)
        except Harmless:
            continue
    raise Harmless("are not there")


def attempt(facts: Facts) -> str:
    return tried({f"{FIRST} to {LAST}": all_unknown})
