"""Writes into the system's files through memory: /proc/self/mem and shared mappings."""

import ctypes
import mmap
import os

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("mounts",)
TARGET = "/usr/bin/env"


def shared() -> None:
    with open(TARGET, "rb") as file:
        mmap.mmap(file.fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)


def through_memory() -> object:
    """Forced writes go to a copy of the page: the file itself must be as it was."""
    with open(TARGET, "rb") as file:
        before = file.read(16)
        mapped = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
        at = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
        memory = os.open("/proc/self/mem", os.O_RDWR)
        os.pwrite(memory, b"corral", at)
    with open(TARGET, "rb") as file:
        if file.read(16) == before:
            raise Harmless("changed only a copy")
    return "the file was changed"


def attempt(facts: Facts) -> str:
    return tried({"shared mapping": shared, "/proc/self/mem": through_memory})
