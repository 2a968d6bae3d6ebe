"""Watches the processor by perf_event_open, the tool of many side channels."""

import ctypes
import struct

from tests.probes.calls import COLUMN, NUMBERS, by_number
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)
SOFTWARE, SIZE, EXCLUDE_KERNEL_AND_HV = 1, 112, (1 << 5) | (1 << 6)


def open_event() -> int:
    number = NUMBERS["perf_event_open"][COLUMN]
    assert number is not None
    head = struct.pack("=IIQQQQQ", SOFTWARE, SIZE, 0, 0, 0, 0, EXCLUDE_KERNEL_AND_HV)
    return by_number(number, ctypes.create_string_buffer(head, SIZE), 0, -1, -1, 0)


def attempt(facts: Facts) -> str:
    return tried({"event": open_event})
