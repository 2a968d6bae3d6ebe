"""Launchers in processes of their own, and what is left of them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launcher.ports import free_port
from launcher.processes import PROC, Process, all_processes
from launcher.state import REPOSITORY, State, ephemeral_state

Rig = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def state() -> Iterator[State]:
    """A state that dropped users can reach; pytest's own folders are closed to them."""
    with ephemeral_state() as fresh:
        yield fresh


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a rig, with a free port in it."""
    for name in ("log", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "port").write_text(str(free_port()))
    return tmp_path


@pytest.fixture
def rig(folder: Path) -> Iterator[Rig]:
    """Starts rigs on the folder; all are killed in the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*names: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.launcher.rig", str(folder), *names],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    for left in processes_of(folder):
        os.kill(left.pid, 9)


def processes_of(folder: Path) -> list[Process]:
    """The running processes that have the folder among their arguments or work in it."""
    return [each for each in all_processes() if each.running and _belongs(each.pid, folder)]


def _belongs(pid: int, folder: Path) -> bool:
    try:
        arguments = (PROC / str(pid) / "cmdline").read_bytes()
        place = Path(os.readlink(PROC / str(pid) / "cwd"))
    except OSError:
        return False
    return os.fsencode(folder) in arguments or place.is_relative_to(folder)
