"""Runs code in process 1, where that is confined less than the project: without its filter."""

import os

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("processes", "seccomp")
CONFINES = ("Seccomp", "NoNewPrivs", "CapEff", "CapPrm", "CapBnd")


def status_of(pid: str) -> "dict[str, str]":
    with open(f"/proc/{pid}/status") as file:
        pairs = (line.partition(":") for line in file)
        return {name: value.strip() for name, _, value in pairs}


def take_over() -> object:
    """Write back one byte of its stack: enough to run code of one's own in there."""
    theirs, own = status_of("1"), status_of("self")
    differs = {name: theirs.get(name) for name in CONFINES if theirs.get(name) != own.get(name)}
    if not differs:
        raise Harmless("is confined as I am")
    with open("/proc/1/maps") as file:
        start = next(int(line.split("-")[0], 16) for line in file if "[stack]" in line)
    memory = os.open("/proc/1/mem", os.O_RDWR)
    os.pwrite(memory, os.pread(memory, 1, start), start)
    return f"process 1 with {differs}, and its memory can be written"


def attempt(facts: Facts) -> str:
    return tried({"process 1": take_over})
