"""Reads and writes the memory of a process by process_vm_readv and process_vm_writev."""

import ctypes
import os
import struct
from functools import partial

from tests.probes.calls import COLUMN, NUMBERS, by_number
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp",)


def transfer(name: str, pid: int) -> int:
    """One byte between two buffers of this process, which is as hard as for any other."""
    number = NUMBERS[name][COLUMN]
    assert number is not None
    buffer = ctypes.create_string_buffer(8)
    vector = ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(buffer), 1))
    return by_number(number, pid, vector, 1, vector, 1, 0)


def attempt(facts: Facts) -> str:
    return tried(
        {
            f"{name} {pid}": partial(transfer, name, pid)
            for name in ("process_vm_readv", "process_vm_writev")
            for pid in (os.getpid(), facts["victim"])
        }
    )
