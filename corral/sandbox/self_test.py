"""Really starts a sandbox and looks from within whether it holds what it promises."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox import witness
from corral.sandbox.answering import AnsweringDoor
from corral.sandbox.base import Launch, Sandbox, SandboxProcess

SECONDS = 60.0
ANSWER = b"HTTP/1.0 204 No Content\r\n\r\n"
VARIABLES = ("HOME", "LANG", "PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "TMPDIR")
FOLDERS = (
    *("bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr", "etc", "opt"),
    *("corral", "dev", "environment", "proc", "project", "tmp"),
)


def self_test(sandbox: Sandbox) -> list[str]:
    """One sentence for each promise that a real start showed to be broken; [] is good.

    For those without an event loop: a worker that starts, or the command line.
    """
    return asyncio.run(examine(sandbox))


async def examine(sandbox: Sandbox) -> list[str]:
    """As `self_test`, inside an event loop."""
    with tempfile.TemporaryDirectory(prefix="corral-self-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            async with asyncio.timeout(SECONDS):
                said = await _testimony(sandbox, folder)
        except (SandboxUnavailable, TimeoutError, ValueError) as error:
            reason = str(error).rstrip(".") or type(error).__name__
            return [f"The sandbox does not start: {reason}."]
    return judge(said)


async def _testimony(sandbox: Sandbox, folder: Path) -> Mapping[str, object]:
    """What the witness says that it found inside."""
    door = AnsweringDoor(folder / "gateway.sock", _answer)
    with closing(door):
        return await _said(await sandbox.start(_launch(folder, door)))


async def _said(process: SandboxProcess) -> Mapping[str, object]:
    """What the witness wrote until its end."""
    try:
        process.stdin.close()
        said, log = await asyncio.gather(process.stdout.read(), process.stderr.read())
        await process.wait()
    finally:
        await process.kill()
    if not said:
        last = log.decode(errors="replace").strip().splitlines()[-1:]
        raise SandboxUnavailable(f"the test program said nothing {' '.join(last)}")
    testimony: Mapping[str, object] = json.loads(said)
    return testimony


def _launch(folder: Path, door: AnsweringDoor) -> Launch:
    project = folder / "project"
    project.mkdir(mode=0o755)
    (project / "witness.py").write_bytes(Path(str(witness.__file__)).read_bytes())
    return Launch(project, ("python", "witness.py"), door)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    writer.close()


def judge(said: Mapping[str, object]) -> list[str]:
    """A sentence for each finding that is not as promised; a missing finding is one, too."""
    return [
        f"{promise.sentence} (found: {said.get(promise.finding)!r})."
        for promise in PROMISES
        if not promise.holds(said.get(promise.finding))
    ]


@dataclass(frozen=True, slots=True)
class Promise:
    """A finding of the witness, when it is good, and what to say if it is not."""

    finding: str
    holds: Callable[[object], bool]
    sentence: str


def _is(wanted: object) -> Callable[[object], bool]:
    return lambda found: found == wanted and type(found) is type(wanted)


def _among(allowed: Collection[str]) -> Callable[[object], bool]:
    return lambda found: isinstance(found, list) and set(found) <= set(allowed)


PROMISES = (
    Promise("is_root", _is(False), "A project runs as root"),
    Promise("capabilities", _is(0), "A project has capabilities"),
    Promise("no_new_privileges", _is(True), "A project can gain privileges"),
    Promise("seccomp", _is(True), "No seccomp filter is in force"),
    Promise("interfaces", _is(["lo"]), "A project sees network interfaces"),
    Promise("reads_shadow", _is(False), "A project can read /etc/shadow"),
    Promise("folders", _among(FOLDERS), "A project sees folders of the machine"),
    Promise("processes", _is(True), "A project sees processes of the machine"),
    Promise("writes_project", _is(False), "A project can write into its own folder"),
    Promise("writes_root", _is(False), "A project can write outside its scratch folder"),
    Promise("writes_scratch", _is(True), "A project cannot write into its scratch folder"),
    Promise("gateway", _is(True), "A project does not reach the gateway"),
    Promise("variables", _among(VARIABLES), "A project sees variables that are not its own"),
    Promise("first_process", _among({"PWD"}), "A project can read variables of the platform"),
)
