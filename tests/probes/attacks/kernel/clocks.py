"""Sets the machine's clock, which no namespace separates."""

import ctypes
import struct
import time

from tests.probes.calls import COLUMN, NUMBERS, by_number
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")
REAL, TICK = 0, 0x4000


def set_to_now() -> int:
    number = NUMBERS["clock_settime"][COLUMN]
    assert number is not None
    now = time.time_ns()
    moment = ctypes.create_string_buffer(struct.pack("=qq", *divmod(now, 10**9)))
    return by_number(number, REAL, moment)


def adjust() -> int:
    number = NUMBERS["clock_adjtime"][COLUMN]
    assert number is not None
    wanted = ctypes.create_string_buffer(struct.pack("=I", TICK), 208)
    return by_number(number, REAL, wanted)


def attempt(facts: Facts) -> str:
    return tried(
        {
            "clock_settime": set_to_now,
            "clock_adjtime": adjust,
            "monotonic": lambda: time.clock_settime(time.CLOCK_MONOTONIC, 1.0),
        }
    )
