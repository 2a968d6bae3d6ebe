"""Opens sockets of rarely used families, where the kernel's holes are found."""

import errno
import socket

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("seccomp",)
USUAL = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}


def any_other() -> object:
    opened: list[object] = []
    for family in set(range(50)) - USUAL:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            try:
                opened.append((family, socket.socket(family, kind).type))
            except OSError as error:
                if error.errno not in (errno.EAFNOSUPPORT, errno.EPERM):
                    opened.append((family, error.errno))
    if opened:
        return opened
    raise Harmless("there are none")


def attempt(facts: Facts) -> str:
    return tried({"families": any_other})
