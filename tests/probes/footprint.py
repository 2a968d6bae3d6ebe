"""What a host has of the probes: nothing may be there after them that was not there before."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from tests.probes.canaries import read_sysctls
from tests.probes.looks import all_pids, status_of

SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"))
ENGINES = ("overlay", "nsfs")
SECONDS = 5.0
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Ours:
    """How what belongs to the probes is told from what belongs to others on the same machine.

    `owners` are users that only the probes' sandboxes have, `groups` lists their control groups.
    """

    state: Path
    owners: frozenset[int]
    groups: Callable[[], set[str]]

    @property
    def mark(self) -> str:
        """What the names of all that a probe leaves begin with."""
        return self.state.name


@dataclass(frozen=True, slots=True)
class Footprint:
    """A sentence for each thing that is there."""

    processes: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    files: frozenset[str]
    sockets: frozenset[str]
    settings: frozenset[str]

    @classmethod
    def of(cls, ours: Ours) -> "Footprint":
        """As it is at this moment."""
        return cls(
            processes=frozenset(_processes(ours)),
            mounts=frozenset(_mounts()),
            cgroups=frozenset(ours.groups()),
            files=frozenset(_files(ours)),
            sockets=frozenset(_sockets(ours)),
            settings=frozenset(f"{name} = {value}" for name, value in read_sysctls().items()),
        )

    def more_than(self, before: "Footprint") -> list[str]:
        """One sentence for each thing that was not there before."""
        found = []
        for field in fields(self):
            new = getattr(self, field.name) - getattr(before, field.name)
            found += [f"{field.name}: {each}" for each in sorted(new)]
        return found


async def left_after(before: Footprint, ours: Ours) -> list[str]:
    """What is still there of the probes when the host had its time; [] as soon as nothing is."""
    left: list[str] = []
    for _ in range(int(SECONDS / PAUSE_SECONDS)):
        left = Footprint.of(ours).more_than(before)
        if not left:
            break
        await asyncio.sleep(PAUSE_SECONDS)
    return left


def _processes(ours: Ours) -> Iterator[str]:
    """Those of our sandboxes' users, those that run a probe, and our own children."""
    for pid in all_pids():
        status = status_of(pid)
        if status is None:
            continue
        owned = int(status["Uid"].split()[1]) in ours.owners or int(status["PPid"]) == os.getpid()
        if owned or _runs_a_probe(pid, ours.mark):
            yield f"{pid} {status['Name']}"


def _runs_a_probe(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _mounts() -> Iterator[str]:
    """But for those of container engines, whose containers come and go on their own."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        kind = line.partition(" - ")[2].split()[0]
        if kind not in ENGINES:
            yield line


def _files(ours: Ours) -> Iterator[str]:
    """All of the state folder with sizes; elsewhere what is our users' or carries our mark."""
    for path in ours.state.rglob("*"):
        size = path.lstat().st_size if path.is_file() else 0
        yield f"{path} ({size} bytes)"
    for place in SHARED:
        for folder, _, names in os.walk(place):
            for name in names:
                path = Path(folder, name)
                if path.is_relative_to(ours.state):
                    continue
                if name.startswith(ours.mark) or _owner(path) in ours.owners:
                    yield str(path)


def _owner(path: Path) -> int:
    try:
        return path.lstat().st_uid
    except OSError:
        return -1


def _sockets(ours: Ours) -> Iterator[str]:
    """Unix sockets in our folder or with our mark, and how many descriptors we hold ourselves."""
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        name = line.split()[-1]
        if name.startswith((str(ours.state), f"@{ours.mark}")):
            yield name
    # One line for each beyond the last: a leak of three is three more sentences.
    yield from (f"descriptor {n} of our own" for n in range(len(os.listdir("/proc/self/fd"))))
