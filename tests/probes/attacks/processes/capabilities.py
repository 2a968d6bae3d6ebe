"""Regains capabilities and users by setuid and capset; the host looks whether it has any."""

import ctypes
import os
import struct
import time

from tests.probes.calls import COLUMN, NUMBERS, by_number, libc
from tests.probes.inside import Facts, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("uid",)
WATCHED = True
PR_SET_SECUREBITS, PR_CAP_AMBIENT, RAISE = 28, 47, 2


def contained(seen: Seen) -> bool:
    bare = all(look.capabilities == 0 and 0 not in look.uids for look in seen.looks)
    return bare and was_refused(seen)


def prctl(*arguments: int) -> None:
    if libc.prctl(*map(ctypes.c_ulong, arguments)) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def capset() -> int:
    number = NUMBERS["capset"][COLUMN]
    assert number is not None
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    everything = ctypes.create_string_buffer(struct.pack("=6I", *[0xFFFFFFFF] * 6))
    return by_number(number, header, everything)


def attempt(facts: Facts) -> str:
    time.sleep(0.3)  # for the host to look
    return tried(
        {
            "setuid": lambda: os.setuid(0),
            "setresuid": lambda: os.setresuid(0, 0, 0),
            "setgid": lambda: os.setgid(0),
            "setgroups": lambda: os.setgroups([0]),
            "capset": capset,
            "ambient": lambda: prctl(PR_CAP_AMBIENT, RAISE, 21, 0, 0),
            "securebits": lambda: prctl(PR_SET_SECUREBITS, 1, 0, 0, 0),
        }
    )
