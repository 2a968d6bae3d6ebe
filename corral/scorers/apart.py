"""Work on hostile text that has no bounds of its own, in a process of its own that has.

One process for all: it is started when the first job comes and kept; a job that takes too much
time or memory has its fork ended and replaced, which costs that job only. It inherits no
environment, and what it can do to this process is answer.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from corral.json_types import JsonObject

CPU_SECONDS = 2.0
MEMORY_BYTES = 1 << 30
# Only a machine that is too busy to give a job its seconds meets these. A first job also waits
# for the libraries.
WALL_SECONDS = 60.0
MAX_TEXT = 100_000
_ROOT = Path(__file__).resolve().parents[2]
_BLOCK = 1 << 16


class JobFailed(Exception):
    """The job has no result; the message ends the sentence "It can't be judged: it …"."""


@dataclass(slots=True)
class _Child:
    process: "subprocess.Popen[bytes]"
    line: socket.socket

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # with its fork
        self.process.wait()
        self.line.close()


class Apart:
    """Runs jobs one by one; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def ask(self, job: str, request: JsonObject) -> JsonObject:
        """What the job answers.

        Raises:
            JobFailed: it took more than 2 s of processor time or 1 GiB, or ended its process.
        """
        message = json.dumps({"job": job, **request}).encode() + b"\n"
        with self._lock:
            # Once more if the process is gone, which is not this job's doing unless it is again.
            answer = self._answer(message) or self._answer(message)
        if answer is None:
            raise JobFailed("ends the process that works with it")
        if "failed" in answer:
            raise JobFailed(str(answer["failed"]))
        return answer

    @property
    def pid(self) -> int | None:
        """The process's, while there is one."""
        return self._child.process.pid if self._child else None

    def close(self) -> None:
        """End the process; the next job starts another."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def forget(self) -> None:
        """In a fork: the process and the lock are the parent's."""
        if self._child is not None:
            self._child.line.close()
        self._child, self._lock = None, threading.Lock()

    def _answer(self, message: bytes) -> "JsonObject | None":
        """None if the process is gone, or took so long that it is ended."""
        if self._child is None:
            self._child = _start()
        try:
            return dict(json.loads(_exchange(self._child.line, message)))
        except (OSError, ValueError, TypeError):
            self.close()
            return None


def _start() -> _Child:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "corral.scorers.apart_jobs"],
        stdin=theirs.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath},
        start_new_session=True,
    )
    theirs.close()
    return _Child(process, ours)


def _exchange(line: socket.socket, message: bytes) -> bytes:
    """Send a line and receive one.

    Raises:
        OSError: the other side is gone, or there was no answer in time.
    """
    until = time.monotonic() + WALL_SECONDS
    line.settimeout(WALL_SECONDS)
    line.sendall(message)
    received = bytearray()
    while not received.endswith(b"\n"):
        line.settimeout(max(0.001, until - time.monotonic()))
        block = line.recv(_BLOCK)
        if not block:
            raise ConnectionError
        received += block
    return bytes(received)


APART = Apart()
atexit.register(APART.close)
os.register_at_fork(after_in_child=APART.forget)
