"""Sets an io_uring up, whose operations no filter of system calls sees."""

import ctypes

from tests.probes.calls import COLUMN, NUMBERS, by_number
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)


def set_up() -> int:
    number = NUMBERS["io_uring_setup"][COLUMN]
    assert number is not None
    return by_number(number, 4, ctypes.create_string_buffer(120))


def attempt(facts: Facts) -> str:
    return tried({"io_uring_setup": set_up})
