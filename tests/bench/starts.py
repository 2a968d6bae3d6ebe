"""Ways to start a program that are not ours: a bare process, `docker run`, `isolate`."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

IMAGE = "corral-bench:empty"


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds since the start was asked for: until the first byte, and until the end."""

    first: float
    whole: float


Start = Callable[[], Awaitable[Times]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to start something; `pause` seconds pass before it, so that what stands ready does."""

    start: Start
    pause: float = 0.0


def bare(*command: str, environment: Mapping[str, str] | None = None) -> Start:
    """Starts of a plain child process."""

    async def start() -> Times:
        return _run(command, environment or {})

    return start


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> Times:
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        env=environment,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.read(1)
        first = time.perf_counter()
        child.communicate()
        return times(began, first)


def times(began: float, first: float) -> Times:
    """What is seen now, at the end."""
    return Times((first - began) * 1000, (time.perf_counter() - began) * 1000)


def isolated() -> Mapping[str, Peer]:
    """`isolate`, where it is installed; as it is used for one run, with its set-up and clean-up."""
    if shutil.which("isolate") is None:
        return {}
    whole = "isolate --init >/dev/null && isolate --run -s -- /bin/true; isolate --cleanup"
    return {"isolate": Peer(bare("/bin/sh", "-c", whole, environment={"PATH": os.defpath}))}


def docker_run() -> Mapping[str, Peer]:
    """`docker run`, where an engine answers, of an image that has only places to mount on."""
    prefix = docker_prefix()
    if prefix is None:
        return {}
    return {"docker run true": Peer(bare(*prefix, "/usr/bin/true", environment=os.environ))}


def docker_prefix(*options: str) -> tuple[str, ...] | None:
    """A command's beginning that runs the rest of it in a container; None without an engine."""
    if not _docker("info"):
        return None
    with tempfile.TemporaryDirectory() as name:
        for alias in ("bin", "lib", "lib64"):
            Path(name, alias).symlink_to(f"usr/{alias}")
        packed = subprocess.run(["tar", "-C", name, "-c", "."], capture_output=True, check=True)
    if not _docker("import", "-", IMAGE, given=packed.stdout):
        return None
    run = ("docker", "run", "--rm", "--network", "none", "-v", "/usr:/usr:ro")
    return (*run, *options, IMAGE)


def _docker(*arguments: str, given: bytes = b"") -> bool:
    """Whether the client is here, and did it."""
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(["docker", *arguments], input=given, capture_output=True, check=False)
    return done.returncode == 0
