"""Reads and writes /sys and the control groups, to lift its own limits or to leave through them."""

import os

from tests.probes.calls import calling
from tests.probes.inside import Facts, Harmless, read, tried

HELD_BY = ("mounts", "seccomp")


def sees_its_group() -> object:
    lines = read("/proc/self/cgroup", 4096).decode().split()
    named = [line for line in lines if not line.endswith(":/")]
    if not named:
        raise Harmless("shows only /")
    return named


def shown(path: str) -> object:
    """An empty place is none: a container engine leaves one."""
    found = os.listdir(path)
    if set(found) <= {"fs"}:
        raise Harmless("is empty")
    return found


def attempt(facts: Facts) -> str:
    return tried(
        {
            "/sys": lambda: shown("/sys"),
            "/sys/fs/cgroup": lambda: shown("/sys/fs/cgroup"),
            "uevent_helper": lambda: read("/sys/kernel/uevent_helper"),
            "mount v1": calling("mount", b"cgroup", b"/tmp", b"cgroup", 0, b"memory"),
            "mount v2": calling("mount", b"cgroup2", b"/tmp", b"cgroup2", 0, None),
            "own group": sees_its_group,
        }
    )
