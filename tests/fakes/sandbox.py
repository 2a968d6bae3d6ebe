"""A sandbox without walls: the real interface over a plain subprocess, for quick tests.

It forwards no port: a test's program finds the gateway's Unix socket in CORRAL_GATEWAY_SOCKET.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from corral.sandbox.base import Exit, Launch

_NOT_FOUND = "import sys; sys.stderr.write(sys.argv[1] + ': command not found\\n'); sys.exit(127)"


class PlainProcess:
    """A subprocess that leads a process group of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.pid = process.pid
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._stderr = process.stderr

    @property
    def stdin(self) -> asyncio.StreamWriter:
        return self._stdin

    @property
    def stdout(self) -> asyncio.StreamReader:
        return self._stdout

    @property
    def stderr(self) -> asyncio.StreamReader:
        return self._stderr

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> Exit:
        code = await self._process.wait()
        return Exit(code, None) if code >= 0 else Exit(None, -code)

    async def kill(self) -> Exit:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return await self.wait()


class PlainSandbox:
    """Starts projects as plain subprocesses; `started` remembers all of them."""

    name = "plain"

    def __init__(self, *, start_seconds: float = 0.0) -> None:
        self.started: list[PlainProcess] = []
        self.launches: list[Launch] = []
        self._start_seconds = start_seconds

    def lacks(self) -> list[str]:
        return ["A plain subprocess protects nothing."]

    def owner(self) -> int | None:
        return None

    async def start(self, launch: Launch) -> PlainProcess:
        self.launches.append(launch)
        gateway = await launch.door.open_socket(None)
        process = await asyncio.create_subprocess_exec(
            *_command(launch.command),
            cwd=launch.project,
            env={**launch.environment, "CORRAL_GATEWAY_SOCKET": str(gateway)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        started = PlainProcess(process)
        self.started.append(started)
        await asyncio.sleep(self._start_seconds)
        return started


def _command(command: tuple[str, ...]) -> list[str]:
    """As the real one does: `python` is its interpreter, and what is not found ends with 127."""
    program, *arguments = command
    if program == "python":
        return [sys.executable, *arguments]
    if not Path(program).is_absolute():
        return [sys.executable, "-c", _NOT_FOUND, program]
    return [program, *arguments]
