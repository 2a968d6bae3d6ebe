"""Leaves through the root and the working folder of process 1, which the host started."""

import os

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("mounts", "processes")


def same(path: str, own: str) -> None:
    found, mine = os.stat(path), os.stat(own)
    if (found.st_dev, found.st_ino) == (mine.st_dev, mine.st_ino):
        raise Harmless("is my own root")
    if path.endswith("cwd") and os.path.isdir(path + "/usr") is False:
        raise Harmless("holds nothing of the host")


def attempt(facts: Facts) -> str:
    return tried(
        {
            "/proc/1/root": lambda: same("/proc/1/root", "/"),
            "secret": lambda: os.stat("/proc/1/root" + facts["secret_file"]),
            "/proc/1/root/..": lambda: same("/proc/1/root/../..", "/"),
        }
    )
