"""Makes small projects, and runs them in a real sandbox beside a fake gateway."""

import asyncio
import os
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


class Workshop:
    """A folder with one project and one gateway socket."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.project = folder / "project"
        self.socket = folder / "gateway.sock"
        self.server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self.folder.chmod(0o755)
        self.project.mkdir(mode=0o755)
        await self.serve(_close)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.close()

    async def serve(self, handler: Handler) -> None:
        """Have the gateway's socket answered by `handler` from now on."""
        if self.server is not None:
            self.server.close()
        self.socket.unlink(missing_ok=True)
        self.server = await asyncio.start_unix_server(handler, self.socket, backlog=4)
        self.socket.chmod(0o600)
        owner = self.sandbox.owner()
        if owner is not None:
            os.chown(self.socket, owner, owner)

    async def start(
        self,
        source: str,
        *,
        command: tuple[str, ...] = ("python", "main.py"),
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> SandboxProcess:
        """Start a project whose main.py is `source`."""
        (self.project / "main.py").write_text(textwrap.dedent(source))
        return await self.sandbox.start(
            Launch(self.project, command, self.socket, environment or {}, limits or Limits())
        )

    async def run(
        self,
        source: str,
        *,
        stdin: bytes = b"",
        command: tuple[str, ...] = ("python", "main.py"),
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Ran:
        """Start it and wait for its end."""
        process = await self.start(source, command=command, environment=environment, limits=limits)
        process.stdin.write(stdin)
        process.stdin.close()
        out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
        return Ran(await process.wait(), out.decode(), err.decode())


async def _close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
