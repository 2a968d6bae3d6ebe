"""A TCP proxy in front of Redis, whose cable a test can cut in every way that networks know."""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")
PIECE = 64 * 1024
RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST
SECONDS = 10.0


class Line:
    """One client's connection through the proxy."""

    def __init__(self, *ends: asyncio.StreamWriter) -> None:
        self.ends = ends
        self.forgotten = False

    def reset(self) -> None:
        """RST to both ends; what was on its way is lost."""
        for end in self.ends:
            with suppress(OSError, AttributeError):
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()


class Proxy:
    """Listens on `port`; its methods are called inside its event loop, see `Cable`."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self.lines: set[Line] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Take connections again."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def refuse(self) -> None:
        """Cut all connections, and refuse new ones until `listen`."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.reset()

    async def reset(self) -> None:
        """Cut all connections with RST; new ones are welcome."""
        for line in tuple(self.lines):
            line.reset()

    async def hold(self) -> None:
        """Swallow nothing, but carry nothing on, in either direction, until `flow`."""
        self._flows.clear()

    async def flow(self) -> None:
        """Carry on what was held."""
        self._flows.set()

    async def forget(self) -> None:
        """Carry nothing for the present connections ever again, and tell nobody: new ones work."""
        for line in self.lines:
            line.forgotten = True

    async def close(self) -> None:
        """End everything."""
        await self.refuse()
        for pump in tuple(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pumps.add(task)
        line = Line(writer)
        self.lines.add(line)
        try:
            await self._join(line, reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # whoever hung up knows
        finally:
            line.reset()
            self.lines.discard(line)
            self._pumps.discard(task)

    async def _join(
        self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        line.ends = (writer, far_writer)
        pumps = [
            asyncio.create_task(self._pump(line, reader, far_writer)),
            asyncio.create_task(self._pump(line, far_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, line: Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        while piece := await source.read(PIECE):
            await self._flows.wait()
            if line.forgotten:
                continue
            sink.write(piece)
            await sink.drain()


class Cable:
    """The same for a program that is not asynchronous."""

    def __init__(self, proxy: Proxy, loop: asyncio.AbstractEventLoop) -> None:
        self._proxy, self._loop = proxy, loop

    @property
    def lines(self) -> int:
        """How many connections there are."""
        return len(self._proxy.lines)

    def damage(self, manner: str) -> None:
        """Cut it: `reset`, `refuse`, `hole` or `forget`."""
        cuts: dict[str, Callable[[], Awaitable[None]]] = {
            "reset": self._proxy.reset,
            "refuse": self._proxy.refuse,
            "hole": self._proxy.hold,
            "forget": self._proxy.forget,
        }
        self._do(cuts[manner]())

    def mend(self) -> None:
        """As if nothing had been; what was forgotten stays so."""
        self._do(self._proxy.listen())
        self._do(self._proxy.flow())

    def _do(self, work: Awaitable[T]) -> T:
        async def done() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(SECONDS)


@contextmanager
def cable(*, port: int, target: int) -> Iterator[Cable]:
    """A proxy in a thread of its own, from `port` to `target` on the loopback."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
    thread.start()
    proxy = Proxy(port, target)
    whole = Cable(proxy, loop)
    try:
        whole.mend()
        yield whole
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()
