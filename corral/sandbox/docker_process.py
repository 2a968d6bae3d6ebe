"""One live container: its streams, its end, and its certain death."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from corral.errors import SandboxUnavailable
from corral.sandbox.attach import Attachment, attach, attach_writer
from corral.sandbox.base import Exit, Served
from corral.sandbox.control import Control
from corral.sandbox.engine import NOT_FOUND, Ended, Engine, EngineRefused

SIGNALLED = 128
LONGEST_PAUSE = 1.0
DISCARD_SECONDS = 10.0
KILLED = Exit(None, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Streams:
    """The project's three, on a connection each: one that nobody reads holds up no other."""

    stdin: asyncio.StreamWriter
    stdout: Attachment
    stderr: Attachment

    @classmethod
    async def attach(cls, engine: Engine, name: str) -> "Streams":
        """Those of a container that was made.

        Raises:
            SandboxUnavailable: the engine does not answer, or refuses.
        """
        stdout = await attach(engine.socket, name, "stdout")
        stderr = await attach(engine.socket, name, "stderr")
        return cls(await attach_writer(engine.socket, name), stdout, stderr)

    def end(self) -> None:
        """It is over: what it wrote is still read to its end, even if nobody asks for it."""
        self.stdin.transport.abort()  # what it did not take would keep a mere close() waiting
        for each in (self.stdout, self.stderr):
            each.transport.resume_reading()

    def close(self) -> None:
        """Drop all of it."""
        for transport in (self.stdin.transport, self.stdout.transport, self.stderr.transport):
            transport.abort()


@dataclass(frozen=True, slots=True)
class Container:
    """A container that was made, by its name."""

    engine: Engine
    name: str

    async def kill(self) -> None:
        """Have the engine kill it; one that is away is asked to remove it later."""
        with contextlib.suppress(SandboxUnavailable):
            await self.engine.kill(self.name)

    async def bury(self) -> Ended | None:
        """Wait for its end and remove it, however long the engine is away.

        None: the engine was away or lost it: what it says of its end is not the project's doing.
        """
        was_away = False
        for pause in _pauses():
            try:
                ended = await self._bury()
            except SandboxUnavailable:
                was_away = True
                await asyncio.sleep(pause)
            else:
                break
        return None if was_away else ended

    async def discard(self) -> None:
        """Kill and remove it, whatever it does, if the engine answers in time."""
        with contextlib.suppress(SandboxUnavailable, TimeoutError):
            async with asyncio.timeout(DISCARD_SECONDS):
                await self.engine.remove(self.name)

    async def _bury(self) -> Ended | None:
        try:
            ended = await self.engine.wait(self.name)
        except EngineRefused as error:
            if error.status != NOT_FOUND:
                raise
            return None
        await self.engine.remove(self.name)
        return ended


class DockerProcess:
    """A container that was started; honours `corral.sandbox.base.SandboxProcess`."""

    def __init__(
        self, container: Container, streams: Streams, control: Control, served: Served
    ) -> None:
        self._container = container
        self._streams = streams
        self._control = control
        self._served = served
        self._out_of_memory = False
        self._killed = False
        self._ended = asyncio.ensure_future(self._end())

    @property
    def stdin(self) -> asyncio.StreamWriter:
        return self._streams.stdin

    @property
    def stdout(self) -> asyncio.StreamReader:
        return self._streams.stdout.reader

    @property
    def stderr(self) -> asyncio.StreamReader:
        return self._streams.stderr.reader

    async def wait(self) -> Exit:
        """Wait for the project to end by itself.

        Raises:
            SandboxUnavailable: the engine lost the container while the project ran.
        """
        return await asyncio.shield(self._ended)

    async def kill(self) -> Exit:
        """Kill the whole tree and wait until it is dead."""
        if not self._ended.done():
            self._killed = True
            self._look_at_memory()
            await self._container.kill()
            self._streams.end()
        try:
            return await asyncio.shield(self._ended)
        except SandboxUnavailable:
            return KILLED

    async def _end(self) -> Exit:
        try:
            report = await self._control.report()
            self._look_at_memory()
            self._control.hang_up()
            self._streams.end()
            ended = await self._container.bury()
            await self._served.close()
        except BaseException:
            await self._abandon()
            raise
        if not (report or ended or self._killed):
            raise SandboxUnavailable("The Docker engine lost the container while it ran.")
        ended = ended or Ended(SIGNALLED + signal.SIGKILL, out_of_memory=False)
        return understand(report, ended.status, self._out_of_memory or ended.out_of_memory)

    def _look_at_memory(self) -> None:
        """The count is there as long as the container runs, which is until we hang up."""
        self._out_of_memory = self._out_of_memory or self._control.out_of_memory()

    async def _abandon(self) -> None:
        """The event loop is being closed: nobody will be here to do it later."""
        self._control.hang_up()
        self._streams.close()
        await self._container.discard()


def understand(report: bytes, status: int, out_of_memory: bool) -> Exit:
    """How the project ended: by the report of process 1, else by how the container ended.

    The report may be forged by the project: any bytes give an Exit, and it is only its own.
    """
    kind, _, number = report.partition(b" ")
    if kind in (b"exit", b"signal") and number.isdigit() and len(number) <= 3:
        value = int(number)
        code, by_signal = (value, None) if kind == b"exit" else (None, value)
        return Exit(code, by_signal, out_of_memory)
    if status > SIGNALLED:
        return Exit(None, status - SIGNALLED, out_of_memory)
    return Exit(status, None, out_of_memory)


def _pauses() -> Iterator[float]:
    """Seconds, growing, for ever: a tree that is not dead must not pass for dead."""
    pause = 0.02
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)
