"""The filter's program, run by a small machine: for every architecture, not only this one."""

import errno
import struct

import pytest

from corral.sandbox.seccomp import (
    ALLOW,
    ARCHITECTURES,
    ERRNO,
    KILL_PROCESS,
    SOCK_RAW,
    deny_list,
)
from corral.sandbox.syscalls import ABSENT, FILTERED, FORBIDDEN


def run(program: bytes, data: bytes) -> int:
    """What a classic BPF program returns for a seccomp_data."""
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        code, if_true, if_false, k = steps[at]
        at += 1
        if code == 0x06:
            return int(k)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, k)
        elif code == 0x54:
            accumulator &= k
        else:
            holds = {0x15: accumulator == k, 0x25: accumulator > k, 0x45: bool(accumulator & k)}
            at += if_true if holds[code] else if_false


def call(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    own = ARCHITECTURES[machine][1]
    values = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, own if architecture is None else architecture, 0, *values)
    return run(deny_list(machine), data)


@pytest.fixture(params=sorted(ARCHITECTURES))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def number_of(machine: str, name: str) -> int:
    return FILTERED[name][ARCHITECTURES[machine][0]]


def test_forbidden_and_absent_calls_get_their_errors(machine: str) -> None:
    column = ARCHITECTURES[machine][0]
    for table, error in ((FORBIDDEN, errno.EPERM), (ABSENT, errno.ENOSYS)):
        numbers = [each[column] for each in table.values()]
        found = {call(machine, number) for number in numbers if number is not None}
        assert found == {ERRNO | error}


def test_all_other_calls_up_to_the_newest_are_allowed(machine: str) -> None:
    column = ARCHITECTURES[machine][0]
    named = {each[column] for table in (FORBIDDEN, ABSENT, FILTERED) for each in table.values()}
    others = set(range(457)) - named
    assert {call(machine, number) for number in others} == {ALLOW}


@pytest.mark.parametrize("number", [457, 467, 1000, 0x40000000, 0x40000001, 0xFFFFFFFF])
def test_newer_calls_do_not_exist(machine: str, number: int) -> None:
    assert call(machine, number) == ERRNO | errno.ENOSYS


def test_calls_of_another_architecture_kill(machine: str) -> None:
    assert call(machine, 0, architecture=0x40000003) == KILL_PROCESS


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", (0x01200011,), ALLOW),  # fork
        ("clone", (0x003D0F00,), ALLOW),  # a thread
        ("clone", (0x10000011,), ERRNO | errno.EPERM),  # CLONE_NEWUSER
        ("clone", (0x40000011,), ERRNO | errno.EPERM),  # CLONE_NEWNET
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), ERRNO | errno.EPERM),
        ("ioctl", (0, 0x5412 | 1 << 32), ERRNO | errno.EPERM),  # the kernel reads 32 bits
        ("personality", (0xFFFFFFFF,), ALLOW),
        ("personality", (0x0040000,), ERRNO | errno.EPERM),
        ("socket", (1, 1), ALLOW),
        ("socket", (2, 1 | 0o2000000), ALLOW),
        ("socket", (10, 2), ALLOW),
        ("socket", (2, SOCK_RAW), ERRNO | errno.EPERM),
        ("socket", (2, SOCK_RAW | 0o2000000), ERRNO | errno.EPERM),
        ("socket", (40, 1), ERRNO | errno.EAFNOSUPPORT),
        ("socketpair", (1, 1), ALLOW),
        ("socketpair", (16, 2), ERRNO | errno.EAFNOSUPPORT),
    ],
)
def test_filtered_calls_depend_on_their_arguments(
    machine: str, name: str, arguments: tuple[int, ...], expected: int
) -> None:
    assert call(machine, number_of(machine, name), *arguments) == expected
