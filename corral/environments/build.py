"""Builds one environment: by an unprivileged user, within a time and a size, and then dead."""

import asyncio
import os
import shutil
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corral.certain import finish_for_certain
from corral.environments.confined import command_of, variables_of
from corral.environments.folder import NotPlain, Size, size_of, take_over
from corral.environments.order import Order
from corral.environments.words import failure_of
from corral.errors import EnvironmentFailed, EnvironmentUnavailable

WATCH_SECONDS = 0.1
WORDS_BYTES = 64 * 1024
ANSWER_SECONDS = 5.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a build may take; the bytes are those of its downloads and its result together."""

    seconds: float = 120.0
    bytes: int = 1000 * MIB
    entries: int = 200_000


@dataclass(frozen=True, slots=True)
class Built:
    """The packages, now the caller's own and read-only for others, and what was resolved."""

    packages: Path
    resolved: str


async def build_environment(
    order: Order, bounds: Bounds, *, state: Path, folder: Path, uid: int | None
) -> Built:
    """Build in `folder`, which is new, as `uid`, None for the caller's own.

    When this returns, or raises, nothing that was started for it lives.

    Raises:
        EnvironmentFailed: the project's doing.
        EnvironmentUnavailable: not the project's doing.
        SandboxUnavailable: the machine can't start a sandbox.
    """
    if uid in (None, 0) and os.geteuid() == 0:
        raise EnvironmentUnavailable("An environment is never built as root.")
    work = _work_folder(folder, order, uid)
    process = await _started(order, bounds, state, work, uid)
    reading = asyncio.ensure_future(_words(process))
    try:
        async with asyncio.timeout(bounds.seconds):
            await _watch(reading, work, bounds)
            await process.wait()  # its status comes after its last word
    except TimeoutError as error:
        raise await _too_slow(order, bounds, work) from error
    finally:
        await finish_for_certain(_end(process, reading))
    if process.returncode != 0:
        raise failure_of(order, process.returncode or 0, reading.result())
    return await asyncio.to_thread(_result, work, bounds)


def _work_folder(folder: Path, order: Order, uid: int | None) -> Path:
    """The one folder that the build may write in."""
    work = folder / "work"
    for each in (work, work / "home"):
        each.mkdir(mode=0o700)
    (work / "requirements.in").write_text("".join(f"{line}\n" for line in order.requirements))
    (work / "resolved.txt").write_text("".join(f"{pin}\n" for pin in order.base.pins))
    if uid is not None:
        for each in (work, *work.iterdir()):
            os.chown(each, uid, uid)
    return work


async def _started(
    order: Order, bounds: Bounds, state: Path, work: Path, uid: int | None
) -> asyncio.subprocess.Process:
    as_whom: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    try:
        command = await asyncio.to_thread(command_of, order, state, work, bounds.bytes)
        starting = asyncio.create_subprocess_exec(
            *command,
            env=variables_of(order),
            cwd="/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            umask=0o022,
            **as_whom,
        )
        return await _for_certain(asyncio.ensure_future(starting))
    except OSError as error:
        raise EnvironmentUnavailable(f"uv cannot be started: {error}") from error


async def _for_certain(
    starting: "asyncio.Task[asyncio.subprocess.Process]",
) -> asyncio.subprocess.Process:
    """The process; if this is cancelled meanwhile, what was started is killed first."""
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await finish_for_certain(asyncio.wait({starting}))
        if not starting.cancelled() and starting.exception() is None:
            process = starting.result()
            await finish_for_certain(_end(process, asyncio.ensure_future(_words(process))))
        raise


async def _words(process: asyncio.subprocess.Process) -> str:
    """The beginning of what it says. That this ends means that nobody lives who could say more."""
    assert process.stderr is not None
    said = bytearray()
    while piece := await process.stderr.read(WORDS_BYTES):
        said += piece[: WORDS_BYTES - len(said)]
    return said.decode(errors="replace")


async def _watch(reading: "asyncio.Task[str]", work: Path, bounds: Bounds) -> None:
    """Return when it has ended.

    Raises:
        EnvironmentFailed: it takes more of the disk than it may.
    """
    pause = WATCH_SECONDS
    while not reading.done():
        await asyncio.wait({reading}, timeout=pause)
        began = asyncio.get_running_loop().time()
        _insist_on_size(await asyncio.to_thread(size_of, work), bounds)
        pause = max(WATCH_SECONDS, asyncio.get_running_loop().time() - began)


def _insist_on_size(size: Size, bounds: Bounds) -> None:
    if size.bytes > bounds.bytes:
        raise EnvironmentFailed(
            f"The required packages take more than {bounds.bytes // MIB} MB when unpacked. "
            "Leave out what is not needed, or ask for smaller variants."
        )
    if size.entries > bounds.entries:
        raise EnvironmentFailed(
            f"The required packages hold more than {bounds.entries} files. "
            "Leave out what is not needed."
        )


async def _end(process: asyncio.subprocess.Process, reading: "asyncio.Task[str]") -> None:
    """Kill what is left, and return when all of it is dead: bwrap takes its whole tree along."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()
    await asyncio.wait({reading})


async def _too_slow(
    order: Order, bounds: Bounds, work: Path
) -> EnvironmentFailed | EnvironmentUnavailable:
    """Whose doing it is that the time was not enough: an index that is silent is nobody's fault."""
    if await asyncio.to_thread(index_answers, order, work):
        return EnvironmentFailed(
            f"The required packages could not be installed within {bounds.seconds:.0f} seconds. "
            "Pin versions, so that fewer must be looked at, and leave out what is not needed."
        )
    return EnvironmentUnavailable("The package index does not answer.")


def index_answers(order: Order, work: Path) -> bool:
    """Whether the index answers at all, be it with a refusal; uv's own: whether it ever did."""
    if not order.source.index_url:
        return any(each.is_file() for each in work.glob("cache/simple-*/**/*"))
    address = f"{order.source.public_address.rstrip('/')}/uv/"
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code < 500
    except (OSError, ValueError):
        return False


def _result(work: Path, bounds: Bounds) -> Built:
    """Keep the packages and drop all else."""
    packages = work / "packages"
    packages.mkdir(exist_ok=True)  # where every requirement's marker says no
    _insist_on_size(size_of(work), bounds)
    shutil.rmtree(work / "cache", ignore_errors=True)
    (packages / ".lock").unlink(missing_ok=True)
    try:
        take_over(packages)
    except NotPlain as error:
        raise EnvironmentFailed(f"A required package holds a link or a device: {error}") from error
    return Built(packages, (work / "resolved.txt").read_text())
