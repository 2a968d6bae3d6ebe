"""Leaves through the root and the working folder of process 1, which the host started."""

import os

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("mounts", "processes")
ROOT = os.path.join("/proc", "1", "root")


def same(path: str, own: str) -> None:
    found, mine = os.stat(path), os.stat(own)
    if (found.st_dev, found.st_ino) == (mine.st_dev, mine.st_ino):
        raise Harmless("is my own root")
    if path.endswith("cwd") and os.path.isdir(path + "/usr") is False:
        raise Harmless("holds nothing of the host")


def attempt(facts: Facts) -> str:
    return tried(
        {
            ROOT: lambda: same(ROOT, "/"),
            "secret": lambda: os.stat(ROOT + facts["secret_file"]),
            f"{ROOT}/..": lambda: same(f"{ROOT}/../..", "/"),
        }
    )
