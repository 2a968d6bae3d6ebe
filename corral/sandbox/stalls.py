"""The worker's side of the spawner: stalls, in each of which one sandbox can be started."""

import asyncio
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox import spawner
from corral.sandbox.cgroups import Cgroup

END_SECONDS = 5.0


class StallDied(SandboxUnavailable):
    """A stall was killed before it had started anything: another one may do."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a stall is to start: bwrap's command line, as whom, and under which rlimits."""

    command: Sequence[str]
    uid: int | None
    limits: Mapping[str, int]

    def encoded(self) -> bytes:
        """As the spawner reads it."""
        said = {"command": [*self.command], "uid": self.uid, "limits": {**self.limits}}
        return json.dumps(said).encode()


@dataclass(frozen=True, slots=True)
class Standing:
    """A sandbox that stands: a pidfd of its process 1, and the listener on its loopback."""

    first: int
    listener: socket.socket


class Stall:
    """Where one sandbox can be started, once; it is killed when the stall is let go."""

    def __init__(self, channel: socket.socket, cgroup: Cgroup) -> None:
        channel.setblocking(False)
        self.cgroup = cgroup
        self._channel = channel

    def ask(self, request: Request, descriptors: Sequence[int]) -> None:
        """Have it started, with the descriptors as its 0, 1, 2, and from `FIRST_GIVEN_FD` on.

        Raises:
            OSError: the stall is gone.
        """
        told = memory_file(request.encoded())
        try:
            socket.send_fds(self._channel, [b"start"], [told, *descriptors])
        finally:
            os.close(told)

    async def standing(self) -> Standing | None:
        """What the sandbox is reached by; None: bwrap ended before, and its stderr says why.

        Raises:
            SandboxUnavailable: it could not be started as it must be.
            StallDied: nothing was started, since the stall was killed.
        """
        message, descriptors = await self._receive()
        if len(descriptors) == 2:
            listener, first = descriptors
            return Standing(first, socket.socket(fileno=listener))
        _close_all(descriptors)
        if not message:
            raise StallDied("Who starts the sandbox was killed.")
        if reason := json.loads(message).get("failed"):
            raise SandboxUnavailable(f"The sandbox could not be started: {reason}.")
        return None

    async def ended(self) -> int | None:
        """How bwrap ended, negative for a signal; None where nobody can say."""
        message, _ = await self._receive()
        status = json.loads(message or b"{}").get("status")
        return status if isinstance(status, int) else None

    def let_go(self) -> None:
        """Have the sandbox killed; `ended` still waits for its end."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)

    async def close(self) -> None:
        """Kill what is left, and wait until nobody is in its cgroup any more."""
        try:
            self.let_go()
            message = b"anything"
            while message:
                message, descriptors = await self._receive()
                _close_all(descriptors)
            await self.cgroup.destroy()
            self._channel.close()
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """As `close`, where nobody can wait for the event loop."""
        self._channel.close()
        self.cgroup.destroy_now()

    async def _receive(self) -> tuple[bytes, list[int]]:
        """The next message with its descriptors; empty when the stall has ended."""
        while True:
            try:
                return spawner.receive(self._channel)
            except BlockingIOError:
                await readable(self._channel.fileno())
            except ConnectionError:
                return b"", []


class Spawner:
    """A running spawner; it ends with this object, and with this process."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: that is not possible.
        """
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            script = Path(str(spawner.__file__))
            child = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", script, str(theirs.fileno())],
                env={},
                cwd="/",
                umask=0o022,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._child = child
        weakref.finalize(self, _end, self._channel, child)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child.poll() is None

    def make_stall(self, cgroup: Cgroup) -> Stall:
        """A new stall in a cgroup; it joins while the worker goes on.

        Raises:
            OSError: the spawner is gone.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, cgroup.doors() as doors:
            socket.send_fds(self._channel, [b"stall"], [theirs.fileno(), *doors])
        return Stall(ours, cgroup)


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _end(channel: socket.socket, child: "subprocess.Popen[bytes]") -> None:
    channel.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(END_SECONDS)


def memory_file(content: bytes) -> int:
    """A descriptor to read `content` from."""
    descriptor = os.memfd_create("corral")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


async def readable(descriptor: int) -> None:
    """Wait until something can be read, or the other end is gone; no watcher's thread."""
    now = select.poll()
    now.register(descriptor, select.POLLIN)
    if now.poll(0):
        return
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
