"""The processes of the platform: killed, frozen, woken, started again, and watched for orphans."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from launcher.children import Child
from launcher.processes import (
    Process,
    children_of,
    in_session,
    read_process,
    signal_all,
    wait_until,
)
from launcher.services import Service
from launcher.staff import Setting, beat_service, worker_service

ORPHAN_SECONDS = 5.0  # in which what a killed process had started must be gone, too
RUN_WORKERS = ("runs-1", "runs-2", "runs-3")
PLATFORM_WORKER = "platform-1"
HOST = "chaos"


class Member:
    """One service through all its lives; `log` collects what all of them say."""

    def __init__(self, service: Service, log: Path, *, ends: bool = False) -> None:
        self.service = service
        self.log = log
        self.ends = ends  # whether it is to end by itself
        self.child: Child | None = None
        self.frozen = False
        self.starts = 0
        self._said_before = 0

    @property
    def name(self) -> str:
        """As people call it."""
        return self.service.name

    def start(self) -> None:
        """Begin a new life; nothing where one goes on."""
        if self.child is not None:
            return
        self.service.before()
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        self.child = Child(self.service, self.log)
        self.frozen = False
        self.starts += 1

    def is_up(self) -> bool:
        """Whether it lives, is not frozen, and has said that it is ready."""
        return self.lives() and not self.frozen and self._said() and self.service.ready()

    def lives(self) -> bool:
        """Whether its main process is there."""
        return self.child is not None and self.child.alive()

    def _said(self) -> bool:
        if not self.service.says:
            return True
        with self.log.open("rb") as log:
            log.seek(self._said_before)
            return self.service.says in log.read()

    def kill(self, manner: str) -> bool:
        """SIGKILL to its `group`, `session`, `main` process or one `child`; whether it died."""
        assert self.child is not None
        pid = self.child.pid
        if manner == "child":
            return self._kill_child(pid)
        if manner == "session":
            signal_all(in_session(pid), signal.SIGKILL)
        with suppress(ProcessLookupError):
            (os.kill if manner == "main" else os.killpg)(pid, signal.SIGKILL)
        self.child.process.wait(timeout=10)
        self.child = None
        return True

    def _kill_child(self, pid: int) -> bool:
        """One that a worker forked to take runs: it is of the worker's own group."""
        for process in children_of(pid):
            with suppress(ProcessLookupError):
                if process.running and os.getpgid(process.pid) == pid:
                    os.kill(process.pid, signal.SIGKILL)
                    return True
        return False

    def freeze(self) -> None:
        """Stop its whole group."""
        assert self.child is not None
        os.killpg(self.child.pid, signal.SIGSTOP)
        self.frozen = True

    def wake(self) -> None:
        """Let a frozen one go on, if it still lives."""
        if self.frozen and self.child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGCONT)
        self.frozen = False

    def found_dead(self) -> int | None:
        """The exit status where it ended by itself since it was looked at last."""
        if self.child is None or self.child.alive():
            return None
        status = self.child.status()
        self.child = None
        return status


@dataclass(frozen=True, slots=True)
class Orphan:
    """A process that outlived who had started it."""

    process: Process
    command: str
    seen_at: float


class Orphanage:
    """Finds what lost its parent and came to us, a subreaper: it must end by itself, and soon."""

    def __init__(self, known: Callable[[], set[int]]) -> None:
        self._known = known
        self._waiting: dict[tuple[int, int], Orphan] = {}
        self.survivors: list[Orphan] = []

    def look(self) -> None:
        """Bury the dead, and note those that live too long; such a one is then killed."""
        now, there = time.monotonic(), {}
        for process in self._orphans():
            key = (process.pid, process.started)
            there[key] = self._waiting.get(key) or Orphan(process, command_of(process.pid), now)
            if now - there[key].seen_at > ORPHAN_SECONDS:
                self.survivors.append(there.pop(key))
                signal_all([process], signal.SIGKILL)
        self._waiting = there

    def empty(self, seconds: float) -> list[str]:
        """Wait until nobody is left; the commands of those that had to be killed."""
        before = len(self.survivors)
        wait_until(lambda: not (self.look() or self._waiting), seconds=seconds)
        return [orphan.command for orphan in self.survivors[before:]]

    def _orphans(self) -> Iterable[Process]:
        known = self._known()
        for process in children_of(os.getpid()):
            if process.pid in known:
                continue
            if process.running:
                yield process
            else:
                with suppress(ChildProcessError):
                    os.waitpid(process.pid, os.WNOHANG)


def command_of(pid: int) -> str:
    """The command line of a process, for people, and its state."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        words = "?"
    now = read_process(pid)
    return f"{pid} ({now.state if now else 'gone'}) {words[:200]}"


def workers(setting: Setting) -> dict[str, Service]:
    """Three for runs and one for the platform, as one machine runs them."""
    found = {name: _worker(setting, name, "runs") for name in RUN_WORKERS}
    return {**found, PLATFORM_WORKER: _worker(setting, PLATFORM_WORKER, "platform")}


def _worker(setting: Setting, name: str, queue: str) -> Service:
    service = worker_service(setting, queue=queue, title=name, concurrency=1)
    command = tuple(f"{name}@{HOST}" if word == f"{queue}@%h" else word for word in service.command)
    return replace(service, name=name, command=command)


def beat(setting: Setting) -> Service:
    """Beat, which is ready as soon as it runs."""
    return beat_service(setting)


def upload_service(setting: Setting, plan: Path) -> Service:
    """What takes the uploads; it ends when all were accepted."""
    return Service(
        name="uploads",
        title="Uploads",
        command=(sys.executable, "-m", "tests.chaos.uploading", str(plan)),
        environment=setting.environment,
        folder=setting.repository,
    )


def members_of(services: Mapping[str, Service], log: Path) -> dict[str, Member]:
    """A member for each service; nothing is started."""
    return {name: Member(service, log / f"{name}.log") for name, service in services.items()}
