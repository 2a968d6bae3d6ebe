"""The two ways by which a run's gateway comes to http://127.0.0.1:8080 in a container.

Where projects share the machine's kernel, a Unix socket of the worker's would take descriptors
from them: one whose closing takes long would be let go of in the worker's own `recv`, and stop
all its runs. There the worker is handed a TCP listener that was made inside. No descriptor crosses
from gVisor's kernel to the machine's, neither a project's nor that listener: there, and only
there, the gateway's Unix socket is mounted.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Protocol

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Door, Served
from corral.sandbox.stalls import readable

DESCRIPTOR_BYTES = 4
ONE_DESCRIPTOR = (socket.SOL_SOCKET, socket.SCM_RIGHTS, DESCRIPTOR_BYTES)
NOTHING_HANDED_OVER = "Process 1 of the container handed over no listening TCP socket."


class Entrance(Protocol):
    """How a container is given the gateway."""

    @property
    def program(self) -> str:
        """The module of `corral.sandbox` that process 1 runs."""

    async def mount(self, door: Door, owner: int | None) -> Path | None:
        """The socket to mount in a container that is still to be made; None: none is."""

    async def open(self, door: Door, line: socket.socket) -> Served:
        """Have the gateway answer, once process 1 has called on `line` and before its orders.

        Raises:
            SandboxUnavailable: process 1 did not do its part.
        """


class HandedOver:
    """Process 1 hands over a listener before the project starts: on the machine's own kernel."""

    program = "handing_over"

    async def mount(self, door: Door, owner: int | None) -> None:
        """Nothing."""

    async def open(self, door: Door, line: socket.socket) -> Served:
        """Take the listener, and have it served until the container is dead."""
        return await door.serve_on(await receive_listener(line))


class Mounted:
    """Process 1 carries every byte to a Unix socket: on a kernel of the runtime's own."""

    program = "forwarder"

    async def mount(self, door: Door, owner: int | None) -> Path:
        """The gateway's own socket."""
        return (await door.open_socket(owner)).absolute()

    async def open(self, door: Door, line: socket.socket) -> Served:
        """It is open already."""
        return _WholeRun()


class _WholeRun:
    """Served for the whole run: whoever ends the run closes it."""

    async def close(self) -> None:
        """Nothing yet."""


async def receive_listener(line: socket.socket) -> socket.socket:
    """The listening TCP socket that comes with the next byte on a Unix socket.

    Raises:
        SandboxUnavailable: what comes is not exactly that.
    """
    await readable(line.fileno())
    # Room for one descriptor: the kernel closes all beyond it, and says so by a flag.
    room = socket.CMSG_LEN(DESCRIPTOR_BYTES)
    try:
        _, packed, flags, _ = line.recvmsg(1, room, socket.MSG_CMSG_CLOEXEC)
        given = [
            _adopt(data)
            for level, kind, data in packed
            if (level, kind, len(data)) == ONE_DESCRIPTOR
        ]
    except OSError as error:
        raise SandboxUnavailable(NOTHING_HANDED_OVER) from error
    if given and not flags & socket.MSG_CTRUNC and _listens(given[0]):
        return given[0]
    for each in given:
        each.close()
    raise SandboxUnavailable(NOTHING_HANDED_OVER)


def _adopt(data: bytes) -> socket.socket:
    """The socket of a descriptor that was received.

    Raises:
        OSError: it is no socket; it is closed then.
    """
    descriptor = int.from_bytes(data, sys.byteorder)
    try:
        return socket.socket(fileno=descriptor)
    except OSError:
        os.close(descriptor)
        raise


def _listens(given: socket.socket) -> bool:
    is_tcp = (given.family, given.type) == (socket.AF_INET, socket.SOCK_STREAM)
    return is_tcp and given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
