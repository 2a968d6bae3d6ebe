"""One live sandbox: its pipes, its end, and its certain death."""

import asyncio
import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import IO

from corral.sandbox.base import Exit
from corral.sandbox.cgroups import Cgroup

LINE_BYTES = 4 * 1024 * 1024  # the runner caps lines itself; this only must be more
SIGNALLED = 128


@dataclass(frozen=True, slots=True)
class Pipes:
    """Our ends of a sandbox's pipes: the project's three, and the reports of process 1."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    reports: asyncio.StreamReader
    incoming: tuple[asyncio.ReadTransport, ...]

    @classmethod
    async def connect(cls, child: "subprocess.Popen[bytes]", reports: IO[bytes]) -> "Pipes":
        """Take over the pipes of a child that was started with three."""
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        files = (child.stdout, child.stderr, reports)
        (stdout, one), (stderr, two), (said, three) = [await _read_pipe(file) for file in files]
        return cls(await write_pipe(child.stdin), stdout, stderr, said, (one, two, three))

    def end(self) -> None:
        """The child is dead: what it wrote is still read to its end, even if nobody asks for it."""
        self.stdin.close()
        for transport in self.incoming:
            transport.resume_reading()

    def close(self) -> None:
        """Drop all of it."""
        for transport in (self.stdin.transport, *self.incoming):
            transport.close()


class BubblewrapProcess:
    """A sandbox that was started; honours `corral.sandbox.base.SandboxProcess`."""

    def __init__(
        self,
        child: "subprocess.Popen[bytes]",
        pipes: Pipes,
        first: int,
        cgroup: Cgroup,
    ) -> None:
        """`first` is a pidfd of process 1 inside: when it is gone, so is all that was in there."""
        self._child = child
        self._pipes = pipes
        self._ended = asyncio.ensure_future(self._end(first, cgroup))

    @property
    def stdin(self) -> asyncio.StreamWriter:
        return self._pipes.stdin

    @property
    def stdout(self) -> asyncio.StreamReader:
        return self._pipes.stdout

    @property
    def stderr(self) -> asyncio.StreamReader:
        return self._pipes.stderr

    async def wait(self) -> Exit:
        """Wait for the project to end by itself."""
        return await asyncio.shield(self._ended)

    async def kill(self) -> Exit:
        """Kill the whole tree and wait until it is dead."""
        kill(self._child)
        return await asyncio.shield(self._ended)

    async def _end(self, first: int, cgroup: Cgroup) -> Exit:
        try:
            await ended(self._child)
            await gone(first)
        except BaseException:
            self._abandon()
            raise
        self._pipes.end()
        out_of_memory = cgroup.out_of_memory()
        await cgroup.destroy()
        return understand(await self._pipes.reports.read(), self._child.returncode, out_of_memory)

    def _abandon(self) -> None:
        """The event loop is being closed: nobody will be here to do it later."""
        kill(self._child)
        self._child.wait()
        self._pipes.close()


def understand(report: bytes, returncode: int, out_of_memory: bool) -> Exit:
    """How the project ended: by the report of process 1, else by how bwrap ended.

    The report may be forged by the project: any bytes give an Exit, and it is only its own.
    """
    kind, _, number = report.partition(b"\n")[0].partition(b" ")
    if kind in (b"exit", b"signal") and number.isdigit() and len(number) <= 3:
        value = int(number)
        status, by_signal = (value, None) if kind == b"exit" else (None, value)
        return Exit(status, by_signal, out_of_memory)
    if returncode < 0:
        return Exit(None, -returncode, out_of_memory)
    if returncode > SIGNALLED:
        return Exit(None, returncode - SIGNALLED, out_of_memory)
    return Exit(returncode, None, out_of_memory)


def kill(child: "subprocess.Popen[bytes]") -> None:
    """Kill bwrap, with which process 1 inside dies, with which all the others die."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGKILL)


async def ended(child: "subprocess.Popen[bytes]") -> None:
    """Wait for a child of ours and bury it; no watcher's thread, no signal handler."""
    if child.poll() is None:
        await gone(os.pidfd_open(child.pid))
        child.wait()


async def _read_pipe(pipe: IO[bytes]) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    """A reader of the pipe, which is closed at its end."""
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader, transport


async def write_pipe(pipe: IO[bytes]) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    # This protocol rather than a plain one: drain() and wait_closed() ask it how things stand.
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), pipe
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)


async def gone(pidfd: int) -> None:
    """Wait until the process of a pidfd has ended, and close the pidfd."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(pidfd, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)
