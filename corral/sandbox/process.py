"""One live sandbox: its pipes, its end, and its certain death."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Exit, Served
from corral.sandbox.stalls import Stall, readable

LINE_BYTES = 4 * 1024 * 1024  # the runner caps lines itself; this only must be more
SIGNALLED, LAST_SIGNAL = 128, 64


@dataclass(frozen=True, slots=True)
class Ends:
    """Descriptors of our ends of a sandbox's three pipes."""

    stdin: int
    stdout: int
    stderr: int

    def close(self) -> None:
        """For a sandbox that nobody came to use."""
        for descriptor in (self.stdin, self.stdout, self.stderr):
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Pipes:
    """Our ends of a sandbox's three pipes, as asyncio's."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    incoming: tuple[asyncio.ReadTransport, ...]

    @classmethod
    async def connect(cls, ends: Ends) -> "Pipes":
        """Take over the descriptors."""
        stdout, one = await _read_pipe(os.fdopen(ends.stdout, "rb", 0))
        stderr, two = await _read_pipe(os.fdopen(ends.stderr, "rb", 0))
        return cls(await _write_pipe(os.fdopen(ends.stdin, "wb", 0)), stdout, stderr, (one, two))

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
        self, stall: Stall, first: int, pipes: Pipes, served: Served, forget: Callable[[], None]
    ) -> None:
        """`first` is a pidfd of process 1 inside: when it is gone, so is all that was in there.

        `forget` removes what the host has of this sandbox alone.
        """
        self._stall = stall
        self._pipes = pipes
        self._served = served
        self._forget = forget
        self._killed = False
        self._ended = asyncio.ensure_future(self._end(first))

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
        self._killed = True
        self._stall.let_go()
        return await asyncio.shield(self._ended)

    async def _end(self, first: int) -> Exit:
        try:
            await readable(first)
            self._pipes.end()
            await self._served.close()
            status = await self._stall.ended()
            out_of_memory = self._stall.cgroup.out_of_memory()
            await self._stall.close()
        except BaseException:
            self._abandon()
            raise
        finally:
            os.close(first)
        self._forget()
        if status is None and not (self._killed or out_of_memory):
            raise SandboxUnavailable("Who watched over the sandbox was killed.")
        return understand(status, out_of_memory)

    def _abandon(self) -> None:
        """The event loop is being closed: nobody will be here to do it later."""
        self._stall.abandon()
        self._pipes.close()
        self._forget()


def understand(status: int | None, out_of_memory: bool) -> Exit:
    """How the project ended, by how bwrap ended, which says it as shells do: 128 and the signal.

    A program that itself exits with such a status is told apart by nobody. None: bwrap was killed
    with all the rest.
    """
    if status is None:
        return Exit(None, 9, out_of_memory)
    if status < 0:
        return Exit(None, -status, out_of_memory)
    if SIGNALLED < status <= SIGNALLED + LAST_SIGNAL:
        return Exit(None, status - SIGNALLED, out_of_memory)
    return Exit(status, None, out_of_memory)


async def gone(pidfd: int) -> None:
    """Wait until the process of a pidfd has ended, and close the pidfd."""
    try:
        await readable(pidfd)
    finally:
        os.close(pidfd)


async def _read_pipe(pipe: BinaryIO) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    """A reader of the pipe, which is closed at its end."""
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader, transport


async def _write_pipe(pipe: BinaryIO) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    # This protocol rather than a plain one: drain() and wait_closed() ask it how things stand.
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), pipe
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)
