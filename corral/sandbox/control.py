"""The worker's line to process 1 of a container: orders go in, reports come out."""

import asyncio
import contextlib
import itertools
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.folders import make_traversable
from corral.sandbox.places import Place, parse_mounts, parse_own

CREDENTIALS = struct.Struct("=iII")  # the kernel's ucred: pid, uid, gid

_counter = itertools.count()


class Listener:
    """A Unix socket on which one caller is expected."""

    def __init__(self, path: Path, listening: socket.socket) -> None:
        self.path = path
        self._listening = listening

    @classmethod
    def open(cls, folder: Path, token: str, owner: int | None) -> "Listener":
        """Listen in `folder`, for `owner` alone; None: for the caller's own uid.

        Raises:
            SandboxUnavailable: there cannot be such a socket.
        """
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = folder / f"{token}-{next(_counter)}.sock"
        try:
            make_traversable(folder)
            listening.bind(str(path))
            path.chmod(0o600)
            if owner is not None:
                os.chown(path, owner, owner)
            listening.listen(1)
        except OSError as error:
            listening.close()
            raise SandboxUnavailable(f"No socket can be made at {path}: {error}.") from error
        listening.setblocking(False)
        return cls(path, listening)

    async def accept(self) -> socket.socket:
        """Wait for the caller's line; nobody can call after it."""
        line, _ = await asyncio.get_running_loop().sock_accept(self._listening)
        self.close()
        return line

    def close(self) -> None:
        """Nobody is expected any more."""
        self._listening.close()
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Control:
    """The connection to process 1, and where its kernel counts kills for memory, if we see it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    memory_count: Path | None

    @classmethod
    async def over(cls, line: socket.socket) -> "Control":
        """Take over the line on which process 1 called.

        No descriptor may come on it any more: it is read by `recv`, which would let go of it.
        """
        caller = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        pid, _, _ = CREDENTIALS.unpack(caller)
        reader, writer = await asyncio.open_unix_connection(sock=line)
        return cls(reader, writer, memory_count_of(pid))

    async def begin(self, orders: bytes) -> bool:
        """Give the orders; whether they were taken."""
        self.writer.write(orders)
        return await self._line() == b"started"

    async def report(self) -> bytes:
        """How the project ended; empty if process 1 died before it could say so."""
        return await self._line()

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed anything in there for its memory so far."""
        if self.memory_count is None:
            return False
        try:
            text = self.memory_count.read_text()
        except OSError:  # it is gone already: the engine says what happened
            return False
        fields = dict(line.split(" ", 1) for line in text.splitlines())
        return int(fields.get("oom_kill", "0")) > 0

    def hang_up(self) -> None:
        """Let process 1 end."""
        self.writer.transport.abort()

    async def _line(self) -> bytes:
        """The next line, of any bytes: the project may write into process 1."""
        with contextlib.suppress(ValueError, OSError):
            return (await self.reader.readline()).rstrip(b"\n")
        return b""


def memory_count_of(pid: int) -> Path | None:
    """The file in which the kernel counts kills in the group of a process; None: out of sight."""
    try:
        own = parse_own(Path(f"/proc/{pid}/cgroup").read_text())
        mounts = parse_mounts(Path("/proc/self/mountinfo").read_text())
    except OSError:
        return None
    for mount in mounts:
        group = own.get("memory" if mount.version == 1 else "")
        if group is not None and (mount.version == 2 or "memory" in mount.controllers):
            file = Place(mount.point, mount.version).oom_file(group.lstrip("/"))
            if file.exists():
                return file
    return None
