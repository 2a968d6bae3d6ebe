"""Symbolic links in the project's folder and in scratch lead to files of the host."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tests.probes.inside import Facts, read, tried

HELD_BY = ("mounts",)
ROOT_OF_1 = os.path.join("/proc", "1", "root")


def furnish(folder: Path, facts: Mapping[str, Any]) -> None:
    (folder / "secret").symlink_to(facts["secret_file"])
    (folder / "upwards").symlink_to("../neighbour/secret")
    (folder / "shadow").symlink_to("/etc/shadow")


def attempt(facts: Facts) -> str:
    os.symlink(facts["secret_file"], "/tmp/link")
    os.symlink(f"{ROOT_OF_1}/etc/shadow", "/tmp/through")
    ways = ("/project/secret", "/project/upwards", "/project/shadow", "/tmp/link", "/tmp/through")
    return tried({way: partial(read, way) for way in ways})
