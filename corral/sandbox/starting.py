"""Starts one sandbox, and makes sure that it stands before the project begins."""

import asyncio
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from corral.errors import SandboxUnavailable
from corral.sandbox.cgroups import Cgroup
from corral.sandbox.process import (
    BubblewrapProcess,
    Pipes,
    ended,
    gone,
    kill,
    write_pipe,
)
from corral.sandbox.spawn import spawn

START_SECONDS = 30.0
STARTED = b"started\n"
REASON_BYTES = 4096
NOT_STARTED = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start bwrap.

    `options` are its own, `command` is process 1 inside, to which two descriptors are appended:
    that of the orders and that of the reports. `seccomp` is a filter, None for none; `uid` is whom
    to become first, None for the caller.
    """

    bwrap: Path
    options: Sequence[str]
    command: Sequence[str]
    seccomp: bytes | None
    uid: int | None


@dataclass(frozen=True, slots=True)
class Spawned:
    """A bwrap that runs, and our ends of the pipes to process 1 in it."""

    child: "subprocess.Popen[bytes]"
    reports: IO[bytes]
    orders: IO[bytes]


async def start_planned(plan: Plan, orders: bytes, cgroup: Cgroup) -> BubblewrapProcess:
    """Start process 1 in its sandbox, give it the orders, and wait until it has begun.

    Raises:
        SandboxUnavailable: it could not be set up; the project has not been started then.
    """
    try:
        spawned = _spawn(plan, cgroup)
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxUnavailable(f"bwrap could not be started: {error}") from error
    standing = _Standing(spawned)
    try:
        async with asyncio.timeout(START_SECONDS):
            return await standing.up(orders, cgroup)
    except BaseException as error:
        reason = await standing.down()
        if isinstance(error, NOT_STARTED):
            raise SandboxUnavailable(f"The sandbox could not be set up: {reason}") from error
        raise


class _Standing:
    """A bwrap on its way to a running project, or back."""

    def __init__(self, spawned: Spawned) -> None:
        self._child = spawned.child
        self._first: int | None = None
        # A task of its own: a cancellation that comes meanwhile must not leave half of them open.
        self._connecting = asyncio.ensure_future(_connect(spawned))

    async def up(self, orders: bytes, cgroup: Cgroup) -> BubblewrapProcess:
        """Give process 1 its orders once it can be watched; return when it says that it begins."""
        wires = await asyncio.shield(self._connecting)
        self._first = _watch_first(await wires.pipes.reports.readuntil(b"}"))
        wires.orders.write(orders)
        wires.orders.close()
        await wires.pipes.reports.readuntil(STARTED)
        return BubblewrapProcess(self._child, wires.pipes, self._first, cgroup)

    async def down(self) -> str:
        """Kill it and close everything; the reason that it gave, in one line."""
        kill(self._child)
        wires = await self._connecting
        await ended(self._child)
        if self._first is not None:
            await gone(self._first)
        said = await wires.pipes.stderr.read(REASON_BYTES)
        wires.pipes.close()
        wires.orders.close()
        lines = said.decode(errors="replace").split("\n")
        return next((line for line in lines if line), f"bwrap ended with {self._child.returncode}")


@dataclass(frozen=True, slots=True)
class _Wires:
    """Our ends of all pipes, as asyncio's."""

    pipes: Pipes
    orders: asyncio.StreamWriter


async def _connect(spawned: Spawned) -> _Wires:
    pipes = await Pipes.connect(spawned.child, spawned.reports)
    return _Wires(pipes, await write_pipe(spawned.orders))


def _spawn(plan: Plan, cgroup: Cgroup) -> Spawned:
    reports, reporting = os.pipe()
    taking, orders = os.pipe()
    theirs = [taking, reporting]
    try:
        child = _run_bwrap(plan, theirs, cgroup)
    except BaseException:
        theirs += [reports, orders]
        raise
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    return Spawned(child, os.fdopen(reports, "rb", 0), os.fdopen(orders, "wb", 0))


def _run_bwrap(plan: Plan, theirs: list[int], cgroup: Cgroup) -> "subprocess.Popen[bytes]":
    """Start it; descriptors that must be closed afterwards are added to `theirs`."""
    command = [*plan.command, *map(str, theirs)]
    info = os.dup(theirs[1])  # bwrap closes it when it has written
    theirs.append(info)
    options = [*plan.options, "--info-fd", str(info)]
    if plan.seccomp is not None:
        theirs.append(memory_file(plan.seccomp))
        options += ["--seccomp", str(theirs[-1])]
    # By a file: the command lines of the machine are for everyone to read.
    theirs.append(memory_file(b"".join(os.fsencode(option) + b"\0" for option in options)))
    start = [str(plan.bwrap), "--args", str(theirs[-1]), "--", *command]
    with cgroup.doors() as doors:
        return spawn(start, uid=plan.uid, doors=doors, keep=theirs)


def memory_file(content: bytes) -> int:
    """A descriptor to read `content` from."""
    descriptor = os.memfd_create("corral")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _watch_first(info: bytes) -> int:
    """A pidfd of process 1, which waits for its orders: its pid cannot be another's yet."""
    return os.pidfd_open(int(json.loads(info)["child-pid"]))
