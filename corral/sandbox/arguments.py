"""What bwrap is told, and what runs first inside."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corral.sandbox.base import Launch
from corral.sandbox.interpreter import Interpreter
from corral.sandbox.limits import MIB, Limits
from corral.sandbox.spawner import FIRST_GIVEN_FD
from corral.sandbox.toolkit import Toolkit

SYSTEM = Path("/usr")
ALIASES = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
UID_INSIDE = "1000"
MOST_SHARED_MEMORY = 16 * MIB
# What the first program inside finds where; `starting` puts them there.
READY_FD, ORDERS_FD = FIRST_GIVEN_FD + 1, FIRST_GIVEN_FD + 2
# The shell would export PWD, and the project is to have no descriptor but its own three.
BEGIN = f'echo >&{READY_FD}; exec {READY_FD}>&-; unset PWD; exec "$@"'
WAIT = (
    # Not '', the project's folder: nothing of it may run before it is its turn.
    "import sys; early = {*sys.modules}; sys.path[0] = '/corral/library'; "
    "from corral.sandbox.warm import main; main(early)"
)
PATH = "/corral/bin:/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Room:
    """What all sandboxes of one worker have in common."""

    toolkit: Toolkit
    interpreter: Interpreter
    base_environment: Path | None


def namespaces() -> list[str]:
    """Everything unshared and nothing to regain; `--disable-userns` needs the explicit user."""
    return [
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup", "--disable-userns", "--die-with-parent", "--new-session"),
        *("--cap-drop", "ALL", "--hostname", "corral"),
        *("--uid", UID_INSIDE, "--gid", UID_INSIDE),
    ]


@cache
def mounts(room: Room, limits: Limits) -> tuple[str, ...]:
    """The file system without the project; its root must still be made read-only at the end."""
    shared_memory = min(limits.scratch_bytes, MOST_SHARED_MEMORY)
    etc = room.toolkit.etc
    return (
        *system(),
        *_read_only(*room.interpreter.outside(SYSTEM)),
        *("--symlink", str(room.interpreter.executable), "/corral/bin/python"),
        *("--symlink", "python", "/corral/bin/python3"),
        *("--ro-bind", str(etc), "/etc"),
        *("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *("--proc", "/proc"),
        *("--dev", "/dev", *_scratch("/dev/shm", shared_memory), "--remount-ro", "/dev"),
        *_scratch("/tmp", limits.scratch_bytes),
        *("--ro-bind", str(room.toolkit.library), "/corral/library"),
    )


def whole(
    room: Room, limits: Limits, variables: Mapping[str, str], packages: Path | None
) -> list[str]:
    """All options for one sandbox but its project, and what may be read in it afterwards.

    `packages` takes the place of the base environment.
    """
    environment = packages or room.base_environment
    given = (each for pair in variables.items() for each in ("--setenv", *pair))
    return [
        *namespaces(),
        *given,
        *mounts(room, limits),
        *(("--ro-bind", str(environment), "/environment") if environment else ()),
    ]


def project(folder: Path) -> list[str]:
    """The options that put a project, or a room for it, into a sandbox and close its root."""
    return ["--ro-bind", str(folder), "/project", "--chdir", "/project", "--remount-ro", "/"]


def wrapped(command: tuple[str, ...]) -> tuple[str, ...]:
    """A command, begun by a shell: it says that it begins, and ends with 126 or 127 if it can't."""
    return ("/bin/sh", "-c", BEGIN, "corral", *command)


def waiting(preload: tuple[str, ...]) -> tuple[str, ...]:
    """The interpreter that waits for orders."""
    return ("/corral/bin/python", "-c", WAIT, str(READY_FD), str(ORDERS_FD), *preload)


OWN_VARIABLES: Mapping[str, str] = {
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "PATH": PATH,
    "PYTHONPATH": "/environment",
}
DEFAULTS: Mapping[str, str] = {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
BEFOREHAND: Mapping[str, str] = {**DEFAULTS, **OWN_VARIABLES}


def variables(launch: Launch) -> Mapping[str, str]:
    """All that the project sees; what the sandbox sets itself cannot be overridden."""
    return {**DEFAULTS, **launch.environment, **OWN_VARIABLES}


def resource_limits(limits: Limits, *, memory_by_rlimit: bool) -> dict[str, int]:
    """By the names of setrlimit(2).

    The memory of each process is limited only where no cgroup limits that of all: there the
    kernel's own count of kills says what happened.
    """
    memory = {"DATA": limits.memory_bytes} if memory_by_rlimit else {}
    return {
        "NPROC": limits.pids,
        "NOFILE": limits.open_files,
        "FSIZE": limits.scratch_bytes,
        "CPU": limits.cpu_seconds,
        # Not 0: that would still start a program as root, where dumps are piped to one (core(5)).
        "CORE": 1,
        **memory,
    }


def system() -> Iterator[str]:
    """The programs and libraries of the machine, and nothing else of it."""
    yield from _read_only(SYSTEM)
    for name in ALIASES:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from _read_only(path)


def _read_only(*paths: Path) -> Iterator[str]:
    for path in paths:
        yield from ("--ro-bind", str(path), str(path))


def _scratch(place: str, size: int) -> tuple[str, ...]:
    return ("--perms", "1777", "--size", str(size), "--tmpfs", place)
