"""One life of a program: a sandbox from its start to its certain end, with its pipes read."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol, TypeVar

from corral.certain import finish_for_certain
from corral.runner.certain import start_for_certain
from corral.sandbox.base import Exit, Launch, Sandbox, SandboxProcess

T = TypeVar("T")
CHUNK_BYTES = 16 * 1024
SLICE_SECONDS = 0.005  # so long rubbish on stdout may hold the event loop at a time
DRAIN_SECONDS = 2.0
TAIL_BYTES = 1024


class Stdout(Protocol):
    """Who reads a program's stdout; `take` stops after each line."""

    def take(self, chunk: bytes) -> Iterator[None]: ...
    def finish(self) -> None: ...


class Life:
    """A running program. `changed` is set whenever something was read or the program ended."""

    def __init__(
        self, process: SandboxProcess, stdout: Stdout, on_log: Callable[[bytes], None]
    ) -> None:
        self.changed = asyncio.Event()
        self._process = process
        self._stdout = stdout
        self._on_log = on_log
        self._tail = b""
        self._ended = self._watched(process.wait())
        self._pumps = [self._watched(self._read_stdout()), self._watched(self._read_stderr())]

    @classmethod
    async def begin(
        cls, sandbox: Sandbox, launch: Launch, stdout: Stdout, on_log: Callable[[bytes], None]
    ) -> "Life":
        """Start the program.

        Raises:
            SandboxUnavailable: as `Sandbox.start`.
        """
        return cls(await start_for_certain(sandbox, launch), stdout, on_log)

    @property
    def over(self) -> bool:
        """Whether the program ended by itself."""
        return self._ended.done()

    @property
    def last_words(self) -> str:
        """The last line that it wrote to stderr, "" if none."""
        lines = self._tail.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def check(self) -> None:
        """Raises what went wrong in reading the pipes: our own failure, never the program's."""
        for task in (self._ended, *self._pumps):
            if task.done() and not task.cancelled():
                task.result()

    def send(self, line: bytes) -> None:
        """Hand over one line, without waiting for the program to read it.

        Not drained on purpose: a program that does not read must not block the run, and what waits
        here is bounded by the tasks that it may hold at once.
        """
        if not self._process.stdin.is_closing():
            self._process.stdin.write(line)

    async def pause(self, seconds: float) -> None:
        """Wait for a change, but no longer than so."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self.changed.wait()

    async def autopsy(self) -> Exit:
        """How the program that is over ended, once all that it wrote has been read."""
        await self.end()
        self.check()
        return self._ended.result()

    async def finish(self, seconds: float) -> None:
        """End its input and give it so long to end by itself."""
        self._process.stdin.close()
        await asyncio.wait({self._ended}, timeout=seconds)

    async def end(self) -> None:
        """Kill what is left of it and read its pipes to their end. Idempotent."""
        await finish_for_certain(self._end())

    def _watched(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.ensure_future(work)
        task.add_done_callback(lambda _: self.changed.set())
        return task

    async def _end(self) -> None:
        self._process.stdin.close()
        await self._process.kill()
        await asyncio.wait({self._ended, *self._pumps}, timeout=DRAIN_SECONDS)
        for task in (self._ended, *self._pumps):
            task.cancel()
        await asyncio.gather(self._ended, *self._pumps, return_exceptions=True)

    async def _read_stdout(self) -> None:
        while chunk := await self._process.stdout.read(CHUNK_BYTES):
            await self._read_chunk(chunk)
        self._stdout.finish()

    async def _read_chunk(self, chunk: bytes) -> None:
        """Read it line by line, giving way to others for at least half of the time."""
        began = time.monotonic()
        for _ in self._stdout.take(chunk):
            spent = time.monotonic() - began
            if spent > SLICE_SECONDS:
                self.changed.set()
                await asyncio.sleep(spent)
                began = time.monotonic()
        self.changed.set()
        await asyncio.sleep(0)  # a read that finds bytes waiting does not give way by itself

    async def _read_stderr(self) -> None:
        while chunk := await self._process.stderr.read(CHUNK_BYTES):
            self._tail = (self._tail + chunk)[-TAIL_BYTES:]
            self._on_log(chunk)
            await asyncio.sleep(0)
