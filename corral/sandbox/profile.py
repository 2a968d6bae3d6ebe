"""The seccomp filter as a profile for Docker: what `seccomp` assembles, in the engine's own words.

The engine knows calls by name only, and only those that its libseccomp knows; therefore process 1
installs the program of `seccomp` besides. Source: the OCI runtime specification, config-linux.md.
"""

import errno
import json
from collections.abc import Iterator
from functools import cache

from corral.sandbox.seccomp import (
    AF_INET,
    AF_INET6,
    AF_UNIX,
    NEW_NAMESPACES,
    PERSONALITY_LINUX,
    PERSONALITY_QUERY,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_TYPE_MASK,
    TIOCLINUX,
    TIOCSTI,
)
from corral.sandbox.syscalls import ABSENT, FORBIDDEN

ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
BITS = 32  # the kernel itself reads the arguments that are looked at as 32 bits
ALL_BITS = (1 << BITS) - 1

Rule = dict[str, object]
Pattern = tuple[int, int]  # (mask, value): matches what has this value under the mask


@cache
def profile(machine: str) -> str:
    """The profile for `machine` (as in uname), as JSON; KeyError if unknown."""
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ALLOW",
            "architectures": [ARCHITECTURES[machine]],
            "syscalls": [*_refused_always(), *_refused_by_argument()],
        }
    )


def _refused_always() -> Iterator[Rule]:
    yield _rule(sorted(FORBIDDEN), errno.EPERM)
    yield _rule(sorted(ABSENT), errno.ENOSYS)


def _refused_by_argument() -> Iterator[Rule]:
    bits = [1 << bit for bit in range(BITS) if NEW_NAMESPACES >> bit & 1]
    yield from _rules("clone", 0, ((bit, bit) for bit in bits), errno.EPERM)
    yield from _rules("ioctl", 1, ((ALL_BITS, each) for each in (TIOCSTI, TIOCLINUX)), errno.EPERM)
    others = all_but(frozenset((PERSONALITY_LINUX, PERSONALITY_QUERY)))
    yield from _rules("personality", 0, others, errno.EPERM)
    for name in ("socket", "socketpair"):
        kinds = ((SOCK_TYPE_MASK, each) for each in (SOCK_RAW, SOCK_PACKET))
        yield from _rules(name, 1, kinds, errno.EPERM)
        families = all_but(frozenset((AF_UNIX, AF_INET, AF_INET6)))
        yield from _rules(name, 0, families, errno.EAFNOSUPPORT)


def all_but(values: frozenset[int], mask: int = 0, prefix: int = 0) -> Iterator[Pattern]:
    """Patterns that together match every number of 32 bits but these.

    A profile can't say "none of these": conditions on one argument are alternatives there.
    """
    if not values:
        yield mask, prefix
    elif mask != ALL_BITS:
        bit = (ALL_BITS ^ mask) + 1 >> 1
        for half in (0, bit):
            inside = frozenset(value for value in values if value & bit == half)
            yield from all_but(inside, mask | bit, prefix | half)


def _rules(name: str, index: int, patterns: Iterator[Pattern], error: int) -> Iterator[Rule]:
    for mask, value in patterns:
        match = {"index": index, "op": "SCMP_CMP_MASKED_EQ", "value": mask, "valueTwo": value}
        yield _rule([name], error) | {"args": [match]}


def _rule(names: list[str], error: int) -> Rule:
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": error}
