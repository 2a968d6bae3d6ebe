"""Types into a terminal as if it were the one who sits there (TIOCSTI, TIOCLINUX)."""

import errno
import fcntl
import os

from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "launch")
TIOCSTI, TIOCLINUX = 0x5412, 0x541C


def control(path: str, request: int) -> object:
    """Anything but a plain refusal means that the kernel looked at it."""
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        return fcntl.ioctl(terminal, request, b"x")
    except OSError as error:
        if error.errno == errno.EPERM:
            raise
        return f"the kernel's own answer, {error}"


def attempt(facts: Facts) -> str:
    return tried(
        {
            "/dev/tty": lambda: os.open("/dev/tty", os.O_RDWR),
            "TIOCSTI": lambda: control("/dev/ptmx", TIOCSTI),
            "TIOCLINUX": lambda: control("/dev/ptmx", TIOCLINUX),
        }
    )
