"""Loads programs and makes maps in the kernel by bpf(2)."""

import ctypes
import struct

from tests.probes.calls import COLUMN, NUMBERS, by_number
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")
MAP_CREATE, ARRAY = 0, 2


def make_map() -> int:
    number = NUMBERS["bpf"][COLUMN]
    assert number is not None
    wanted = ctypes.create_string_buffer(struct.pack("=5I", ARRAY, 4, 4, 1, 0), 128)
    return by_number(number, MAP_CREATE, wanted, 128)


def attempt(facts: Facts) -> str:
    return tried({"map": make_map})
