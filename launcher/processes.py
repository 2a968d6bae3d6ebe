"""What /proc says about processes; a zombie is not a running process."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc: `started` is in clock ticks since boot and tells a reused pid."""

    pid: int
    state: str
    parent: int
    session: int
    started: int

    @property
    def running(self) -> bool:
        """False for a zombie, which only waits for its parent to read its status."""
        return self.state not in "ZX"


def read_process(pid: int) -> Process | None:
    """The process with this number, dead ones that nobody has reaped included."""
    try:
        line = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name in parentheses may hold spaces and parentheses: fields count from the last one.
    fields = line.rpartition(")")[2].split()
    return Process(
        pid=pid,
        state=fields[0],
        parent=int(fields[1]),
        session=int(fields[3]),
        started=int(fields[19]),
    )


def all_processes() -> list[Process]:
    """Every process of this machine that can be seen."""
    numbers = (int(entry) for entry in os.listdir(PROC) if entry.isdigit())
    return [process for number in numbers if (process := read_process(number))]


def in_session(session: int) -> list[Process]:
    """The running processes of a session."""
    return [each for each in all_processes() if each.session == session and each.running]


def in_folder(folder: Path) -> list[Process]:
    """The running processes that work in this folder, as all of a PostgreSQL server's do."""
    return [each for each in all_processes() if each.running and _folder_of(each.pid) == folder]


def children_of(parent: int) -> list[Process]:
    """The processes that a process would have to reap, zombies included."""
    return [each for each in all_processes() if each.parent == parent]


def signal_all(processes: Iterable[Process], number: signal.Signals) -> None:
    """Send a signal to each process that is still there."""
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether the condition came true in time; asked every 50 ms."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def become_subreaper() -> None:
    """From now on, orphans among this process's descendants become its children."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int, number: signal.Signals) -> None:
    """Ask the kernel to send this process a signal when its parent, this one, dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), number)


def _folder_of(pid: int) -> Path | None:
    try:
        return Path(os.readlink(PROC / str(pid) / "cwd"))
    except OSError:
        return None
