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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corral.json_types import Json, JsonObject
from corral.scorers.base import Judgement, Scorer

CPU_SECONDS = 2.0
# Ordinary answers take milliseconds, and 1 in 100 LaTeX answers 40 ms.
SLOW_SECONDS = 0.25
MOST_SLOW = 20
MEMORY_BYTES = 1 << 30
# Only a machine that is too busy to give a job its seconds meets these. A first job also waits
# for the libraries.
WALL_SECONDS = 60.0
MAX_TEXT = 100_000
TOO_LONG = "takes too long"
NO_PATIENCE = (
    f"takes more than {SLOW_SECONDS} s of processor time, which is all that is left for an output "
    f"once {MOST_SLOW} others of its run took more"
)
ENDED = "ends the process that works with it"
_ROOT = Path(__file__).resolve().parents[2]
_BLOCK = 1 << 16


class JobFailed(Exception):
    """The job has no result; the message ends the sentence "It can't be judged: it …"."""


@dataclass(slots=True)
class Patience:
    """How long each output of a run may be worked with, in seconds of the processor.

    It is 2 s, until 20 outputs have taken more than 0.25 s, and 0.25 s from then on. So 1,000
    outputs never take more than 5 minutes, and what a single one gets depends on how many were
    slow, not on how slow: the same on machines that differ less than such outputs do.
    """

    slow: int = 0

    @property
    def seconds(self) -> float:
        """For the next output."""
        return CPU_SECONDS if self.slow < MOST_SLOW else SLOW_SECONDS

    def took(self, seconds: float) -> None:
        """An output was worked with for so long."""
        self.slow += seconds > SLOW_SECONDS


class ApartScorer(Scorer, Protocol):
    """A scorer that works in the process apart."""

    def score_patiently(
        self, output: str, target: Json, options: Mapping[str, Json], patience: Patience
    ) -> Judgement:
        """What an output of a run is worth; `patience` is the run's."""


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

    def ask(self, job: str, request: JsonObject, patience: Patience | None = None) -> JsonObject:
        """What the job answers; `patience` is its run's, which other outputs use up, too.

        Raises:
            JobFailed: it took more processor time than it may, or 1 GiB, or ended its process.
        """
        patience = patience or Patience()
        with self._lock:
            seconds = patience.seconds
            message = json.dumps({"job": job, "seconds": seconds, **request}).encode() + b"\n"
            # Once more if the process is gone, which is not this job's doing unless it is again.
            answer = self._answer(message) or self._answer(message) or {"failed": ENDED}
            took = answer.pop("took", None)
            patience.took(took if isinstance(took, float) else CPU_SECONDS)
        if "failed" in answer:
            hurried = answer["failed"] == TOO_LONG and seconds < CPU_SECONDS
            raise JobFailed(NO_PATIENCE if hurried else str(answer["failed"]))
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
