"""One stream of a container, as a connection to the engine that is handed over to it.

Source: the Docker Engine API, "Attach to a container": after the head of the answer the
connection is the stream. What the container writes comes in frames: 8 bytes, of which the last 4
say how many bytes of payload follow.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from corral.errors import SandboxUnavailable

FRAME_HEAD = 8
END_OF_HEAD = b"\r\n\r\n"
MOST_HEAD_BYTES = 16 * 1024
LINE_BYTES = 4 * 1024 * 1024  # the runner caps lines itself; this only must be more
ATTACHED = (b"101", b"200")


class Frames:
    """Takes the frames off what arrives in any pieces."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def payload(self, data: bytes) -> Iterator[bytes]:
        """What of the data is the container's own."""
        while data:
            if self._left == 0:
                data = self._take_head(data)
                continue
            part, data = data[: self._left], data[self._left :]
            self._left -= len(part)
            yield part

    def _take_head(self, data: bytes) -> bytes:
        """Read on in a head; what follows."""
        missing = FRAME_HEAD - len(self._head)
        self._head += data[:missing]
        if len(self._head) == FRAME_HEAD:
            self._left = int.from_bytes(self._head[4:], "big")
            self._head = b""
        return data[missing:]


class Attachment(asyncio.StreamReaderProtocol):
    """The protocol of such a connection; it closes itself when the engine ends the stream."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader(limit=LINE_BYTES)
        super().__init__(self.reader)
        self.opened = asyncio.get_running_loop().create_future()
        self._head = b""
        self._frames = Frames()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for those who pause, resume and close."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Part of the answer's head, then frames."""
        if not self.opened.done():
            self._head += data
            head, end, data = self._head.partition(END_OF_HEAD)
            if not end and len(head) < MOST_HEAD_BYTES:
                return
            self.opened.set_result(head)
        for part in self._frames.payload(data):
            super().data_received(part)

    def eof_received(self) -> bool:
        """The stream is over."""
        super().eof_received()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """So is the connection; an engine that died ends it, too."""
        if not self.opened.done():
            self.opened.set_result(b"")
        super().connection_lost(exc)


async def attach(socket: Path, container: str, stream: str) -> Attachment:
    """Attach to `stdin`, `stdout` or `stderr` of a container.

    Raises:
        SandboxUnavailable: the engine does not answer, or refuses.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.create_unix_connection(Attachment, str(socket))
    except OSError as error:
        raise SandboxUnavailable(f"The Docker engine does not answer: {error}.") from error
    transport.write(
        f"POST /containers/{container}/attach?stream=1&{stream}=1 HTTP/1.1\r\nHost: docker\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n".encode()
    )
    try:
        head: bytes = await protocol.opened
        if head.split(b" ")[1:2] and head.split(b" ")[1] in ATTACHED:
            return protocol
        raise SandboxUnavailable(f"The Docker engine does not hand over {stream}: {head[:80]!r}.")
    except BaseException:
        transport.abort()
        raise


async def attach_writer(socket: Path, container: str) -> asyncio.StreamWriter:
    """The stdin of a container; closing it is its end of input.

    Raises:
        SandboxUnavailable: the engine does not answer, or refuses.
    """
    protocol = await attach(socket, container, "stdin")
    loop = asyncio.get_running_loop()
    return asyncio.StreamWriter(protocol.transport, protocol, None, loop)
