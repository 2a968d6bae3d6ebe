"""Makes system calls of another architecture, whose numbers a filter may not know."""

import ctypes
import mmap
import os
import platform
import signal

from tests.probes.inside import Facts, Harmless, in_child, tried

HELD_BY = ("seccomp",)
GETPID_32 = bytes.fromhex("b814000000cd80c3")  # mov eax, 20; int 0x80; ret
NOT_DONE = 7


def run_code() -> int:
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(GETPID_32)
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    return 0 if function() == os.getpid() else NOT_DONE


def call_as_32_bit() -> object:
    if platform.machine() != "x86_64":
        raise Harmless("there is none on this machine")
    status = in_child(run_code)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGSYS, signal.SIGSEGV):
        raise Harmless(f"killed the caller with {signal.Signals(os.WTERMSIG(status)).name}")
    if status == NOT_DONE << 8:
        raise Harmless("did nothing")
    return f"status {status}"


def attempt(facts: Facts) -> str:
    return tried({"int 0x80": call_as_32_bit})
