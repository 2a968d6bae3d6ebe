"""Makes small projects, and runs them in a real sandbox beside a fake gateway."""

import asyncio
import os
import socket
import textwrap
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from corral.sandbox.base import Exit, Launch, Sandbox, SandboxProcess
from corral.sandbox.limits import Limits

PYTHON = Path("/usr/bin/python3")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ran:
    """A project that ended."""

    exit: Exit
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class ServedHere:
    """A listener that a fake gateway answers."""

    server: asyncio.Server

    async def close(self) -> None:
        self.server.close()


class FakeDoor:
    """Honours `corral.sandbox.base.Door`: a gateway that is one handler for every connection."""

    def __init__(self, path: Path) -> None:
        self.handler: Handler = _close
        self._path = path
        self._open_for: Handler | None = None
        self._servers: list[asyncio.Server] = []

    async def open_socket(self, owner: int | None) -> Path:
        if self._open_for is self.handler:
            return self._path
        self._open_for = self.handler
        self._path.unlink(missing_ok=True)
        self._servers.append(await asyncio.start_unix_server(self.handler, self._path, backlog=4))
        self._path.chmod(0o600)
        if owner is not None:
            os.chown(self._path, owner, owner)
        return self._path

    async def serve_on(self, listener: socket.socket) -> ServedHere:
        self._servers.append(await asyncio.start_server(self.handler, sock=listener))
        return ServedHere(self._servers[-1])

    def shut(self) -> None:
        for server in self._servers:
            server.close()


class Workshop:
    """A folder with one project and one door."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.project = folder / "project"
        self.door = FakeDoor(folder / "gateway.sock")

    async def __aenter__(self) -> Self:
        self.folder.chmod(0o755)
        self.project.mkdir(mode=0o755)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.door.shut()

    def serve(self, handler: Handler) -> None:
        """Have the gateway answered by `handler`, in sandboxes that are started from now on."""
        self.door.handler = handler

    async def start(
        self,
        source: str,
        *,
        command: tuple[str, ...] = ("python", "main.py"),
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        preload: tuple[str, ...] = (),
        packages: Path | None = None,
    ) -> SandboxProcess:
        """Start a project whose main.py is `source`."""
        (self.project / "main.py").write_text(textwrap.dedent(source))
        return await self.sandbox.start(
            Launch(
                self.project,
                command,
                self.door,
                environment or {},
                limits or Limits(),
                preload,
                packages,
            )
        )

    async def run(
        self,
        source: str,
        *,
        stdin: bytes = b"",
        command: tuple[str, ...] = ("python", "main.py"),
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        packages: Path | None = None,
    ) -> Ran:
        """Start it and wait for its end."""
        process = await self.start(
            source, command=command, environment=environment, limits=limits, packages=packages
        )
        process.stdin.write(stdin)
        process.stdin.close()
        out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
        return Ran(await process.wait(), out.decode(), err.decode())


async def _close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
