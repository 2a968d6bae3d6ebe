"""Runs setuid programs: the system's, and one that lies in the project."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("uid", "mounts")


def furnish(folder: Path, facts: Mapping[str, Any]) -> None:
    """Worse than an archive can bring: the bit is set, and root is its owner where we are root."""
    shutil.copyfile("/usr/bin/id", folder / "id")
    (folder / "id").chmod(0o4755)


def effective(command: "list[str]") -> str:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False
    )
    said = done.stdout.decode(errors="replace").strip()
    if said in ("", str(os.getuid())):
        raise Harmless(f"stays {said or 'outside'}")
    return said


def attempt(facts: Facts) -> str:
    os.chmod(shutil.copy("/usr/bin/id", "/tmp/id"), 0o6755)
    commands = {
        "own": ["/project/id", "-u"],
        "scratch": ["/tmp/id", "-u"],
        "su": ["su", "-c", "id -u"],
        "sudo": ["sudo", "-n", "id", "-u"],
        "unshare": ["unshare", "-Ur", "id", "-u"],
    }
    return tried({name: partial(effective, each) for name, each in commands.items()})
