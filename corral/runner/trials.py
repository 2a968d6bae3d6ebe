"""Programs that are tried out, each in a sandbox of its own without any gateway."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from corral.certain import finish_for_certain
from corral.errors import PlatformError
from corral.runner import trial
from corral.runner.certain import start_for_certain
from corral.sandbox.answering import AnsweringDoor, turn_away
from corral.sandbox.base import Launch, Sandbox, SandboxProcess
from corral.sandbox.limits import MIB, Limits
from corral.scorers.help import Outcome, Tried

LIMITS = Limits(memory_bytes=512 * MIB, cpu_seconds=300)
REPORT_BYTES = 16 * 1024
END_SECONDS = 2.0
MAIN = "trial.py"


class SandboxedPrograms:
    """Honours `corral.scorers.help.Programs`; `folder` is one that the sandbox's user can reach.

    Use it from one event loop. What a program leaves behind ends with its sandbox.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, limits: Limits = LIMITS) -> None:
        self._sandbox = sandbox
        self._project = folder / "trial"
        self._folder = folder
        self._limits = limits

    async def attempt(self, versions: Sequence[str], *, seconds: float) -> Tried:
        """Run the first version that is a program; `seconds` are counted from its start on.

        Raises:
            SandboxUnavailable: the platform could not start a sandbox.
        """
        await asyncio.to_thread(self._prepare)
        token = secrets.token_hex(16)
        order = json.dumps({"versions": list(versions), "token": token}).encode()
        with closing(AnsweringDoor(self._folder / f"trial-{token[:8]}.sock", turn_away)) as door:
            launch = Launch(self._project, ("python", MAIN), door, limits=self._limits)
            process = await start_for_certain(self._sandbox, launch)
            return await _attended(process, order, token, seconds)

    def _prepare(self) -> None:
        """Put the program that tries out programs where the sandbox can read it.

        Raises:
            PlatformError: the folder can't be written to.
        """
        main = self._project / MAIN
        if main.exists():
            return
        try:
            self._project.mkdir(parents=True, exist_ok=True)
            self._project.chmod(0o755)
            main.write_bytes(Path(str(trial.__file__)).read_bytes())
            main.chmod(0o644)
        except OSError as error:
            raise PlatformError(f"No program can be tried out in {self._project}.") from error


async def _attended(process: SandboxProcess, order: bytes, token: str, seconds: float) -> Tried:
    """See a program to its end, by itself or by force."""
    try:
        async with asyncio.timeout(seconds):
            said = await _said(process, order)
        return _understood(said, token) or Tried(Outcome.DIED, await _end_of(process))
    except TimeoutError:
        return Tried(Outcome.TIMED_OUT, f"more than {seconds:g} s")
    finally:
        await finish_for_certain(process.kill())


async def _said(process: SandboxProcess, order: bytes) -> bytes:
    """The first line that it wrote, or as much of it as a report can have; b"" for none."""
    helping = [asyncio.create_task(_give(process.stdin, order))]
    helping.append(asyncio.create_task(_drop(process.stderr)))
    try:
        return await _read(process.stdout)
    finally:
        for task in helping:
            task.cancel()
        await asyncio.gather(*helping, return_exceptions=True)


async def _end_of(process: SandboxProcess) -> str:
    """How it ended, where it did by itself."""
    try:
        async with asyncio.timeout(END_SECONDS):
            return (await process.wait()).describe()
    except TimeoutError:
        return "it did not say how it ended"


async def _read(stream: asyncio.StreamReader) -> bytes:
    said = b""
    while b"\n" not in said and len(said) < REPORT_BYTES:
        chunk = await stream.read(REPORT_BYTES)
        if not chunk:
            break
        said += chunk
    return said.partition(b"\n")[0]


async def _drop(stream: asyncio.StreamReader) -> None:
    while await stream.read(REPORT_BYTES):
        pass


async def _give(stream: asyncio.StreamWriter, order: bytes) -> None:
    try:
        stream.write(order)
        await stream.drain()
        stream.close()
    except (ConnectionError, RuntimeError):
        return  # it died before it had read all of it


def _understood(said: bytes, token: str) -> Tried | None:
    """What the report says; None for one that is none."""
    try:
        report = json.loads(said.decode("utf-8", "replace"))
        if report["token"] != token:
            return None
        return Tried(Outcome(report["kind"]), str(report["reason"]).rstrip("."))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
