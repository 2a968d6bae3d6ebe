"""The seccomp filter of every sandbox: default allow with a deny list, as a classic BPF program.

Assembled here, so that no library and no compiler is needed. Jumps stay inside one rule: a rule
whose number matches always ends with a return. See seccomp(2) and the kernel's
Documentation/userspace-api/seccomp_filter.rst.
"""

import errno
import platform
import struct
from functools import cache

from corral.sandbox.syscalls import ABSENT, FILTERED, FORBIDDEN, NEWEST_ALLOWED

LOAD, AND, RETURN = 0x20, 0x54, 0x06
IF_EQUAL, IF_GREATER, IF_ANY_BIT = 0x15, 0x25, 0x45
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, ARGUMENTS_AT = 0, 4, 16

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # (column, AUDIT_ARCH_*)

NEW_NAMESPACES = 0x7E020000  # CLONE_NEW* without NEWTIME, whose bit clone() reads as a signal
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_TYPE_MASK, SOCK_RAW, SOCK_PACKET = 0xF, 3, 10
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
PERSONALITY_LINUX, PERSONALITY_QUERY = 0, 0xFFFFFFFF

Step = tuple[int, int, int, int]  # code, jump if true, jump if false, k


def supported() -> bool:
    """Whether this machine's system calls are known."""
    return platform.machine() in ARCHITECTURES


@cache
def deny_list(machine: str) -> bytes:
    """The filter for `machine` (as in uname), ready for `bwrap --seccomp`; KeyError if unknown."""
    column, architecture = ARCHITECTURES[machine]
    steps = _preamble(architecture)
    for name, numbers in FILTERED.items():
        steps += _rule(numbers[column], _argument_checks()[name])
    for table, number_of_error in ((ABSENT, errno.ENOSYS), (FORBIDDEN, errno.EPERM)):
        for forbidden in table.values():
            steps += _rule(forbidden[column], [_refuse(number_of_error)])
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, _give(ALLOW)])


def _preamble(architecture: int) -> list[Step]:
    """Kills what is not this architecture's own call, and hides calls that are too new."""
    return [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (IF_EQUAL, 1, 0, architecture),
        _give(KILL_PROCESS),
        (LOAD, 0, 0, NUMBER_AT),
        (IF_GREATER, 0, 1, NEWEST_ALLOWED),
        _refuse(errno.ENOSYS),
    ]


def _rule(number: int | None, body: list[Step]) -> list[Step]:
    """Runs `body`, which must end with a return on every path, when the call is `number`."""
    return [] if number is None else [(IF_EQUAL, 0, len(body), number), *body]


def _argument_checks() -> dict[str, list[Step]]:
    return {
        "clone": [
            _argument(0),
            (IF_ANY_BIT, 0, 1, NEW_NAMESPACES),
            _refuse(errno.EPERM),
            _give(ALLOW),
        ],
        "ioctl": [_argument(1), *_unless((TIOCSTI, TIOCLINUX), ALLOW, errno.EPERM)],
        "personality": [
            _argument(0),
            *_only((PERSONALITY_LINUX, PERSONALITY_QUERY), errno.EPERM),
        ],
        "socket": _socket_checks(),
        "socketpair": _socket_checks(),
    }


def _socket_checks() -> list[Step]:
    """No raw and packet sockets, and no family but UNIX and IP: vsock is not namespaced."""
    return [
        _argument(1),
        (AND, 0, 0, SOCK_TYPE_MASK),
        (IF_EQUAL, 1, 0, SOCK_RAW),
        (IF_EQUAL, 0, 1, SOCK_PACKET),
        _refuse(errno.EPERM),
        _argument(0),
        *_only((AF_UNIX, AF_INET, AF_INET6), errno.EAFNOSUPPORT),
    ]


def _only(allowed: tuple[int, ...], error: int) -> list[Step]:
    """Allow these values of what was loaded, refuse all others."""
    steps: list[Step] = []
    for value in allowed:
        steps += [(IF_EQUAL, 0, 1, value), _give(ALLOW)]
    return [*steps, _refuse(error)]


def _unless(forbidden: tuple[int, ...], otherwise: int, error: int) -> list[Step]:
    """Refuse these values of what was loaded, give `otherwise` for all others."""
    steps: list[Step] = []
    for value in forbidden:
        steps += [(IF_EQUAL, 0, 1, value), _refuse(error)]
    return [*steps, _give(otherwise)]


def _argument(index: int) -> Step:
    """Load the low half of an argument: the kernel itself reads these as 32 bits."""
    return (LOAD, 0, 0, ARGUMENTS_AT + 8 * index)


def _give(action: int) -> Step:
    return (RETURN, 0, 0, action)


def _refuse(error: int) -> Step:
    return _give(ERRNO | error)
