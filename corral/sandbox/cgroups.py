"""Control groups, version 1 and 2: what one sandbox may use of memory and processes.

Source: the kernel's Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst.
"""

import asyncio
import contextlib
import hashlib
import itertools
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.limits import Limits
from corral.sandbox.places import Place, find_places
from corral.sandbox.slots import Slot, abandoned

OUR_OWN = 4  # bwrap, process 1 inside, and room for them to fork
LONGEST_PAUSE = 0.2

_counter = itertools.count()


@dataclass(frozen=True, slots=True)
class Cgroups:
    """The controllers that this process may use; a missing one is named by `lacks`."""

    places: dict[str, Place]

    @classmethod
    def of_this_machine(cls, slots: Path) -> "Cgroups":
        """What can be had here by those who share the folder `slots`, which numbers the groups.

        Where version 2 demands it, the processes of this one's group are moved into a lower one.
        """
        digest = hashlib.sha256(str(slots.absolute()).encode()).hexdigest()[:12]
        return cls(find_places(f"corral-sandbox-{digest}"))

    def lacks(self) -> list[str]:
        """One sentence for each controller that cannot be used."""
        return [
            f"No cgroup can be made for {name}: run as root, or with a delegated cgroup "
            "(systemd: Delegate=yes)."
            for name in ("memory", "pids")
            if name not in self.places
        ]

    def create(self, slot: Slot, limits: Limits) -> "Cgroup":
        """A fresh group with these limits, in which nobody is yet.

        Raises:
            SandboxUnavailable: the kernel refused.
        """
        name = f"{slot.number}-{slot.token}-{next(_counter)}"
        try:
            return self._create(name, limits)
        except OSError as error:
            raise SandboxUnavailable(f"The cgroup {name} cannot be made: {error}.") from error

    def _create(self, name: str, limits: Limits) -> "Cgroup":
        for place in set(self.places.values()):
            (place.folder / name).mkdir()
        if "memory" in self.places:
            _limit_memory(self.places["memory"], name, limits.memory_bytes)
        if "pids" in self.places:
            write(self.places["pids"].folder / name / "pids.max", str(limits.pids + OUR_OWN))
        return self._group(name)

    async def remove_abandoned(self, slot: Slot) -> None:
        """Kill and remove what dead workers left: groups of this slot, and of slots nobody has."""
        for number, names in self._found().items():
            if number == slot.number:
                await self._destroy({name for name in names if slot.token not in name})
                continue
            with abandoned(slot.folder, number) as nobodys:
                if nobodys:
                    await self._destroy(names)

    async def _destroy(self, names: set[str]) -> None:
        for name in names:
            await self._group(name).destroy()

    def _found(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for place in set(self.places.values()):
            for folder in place.folder.iterdir():
                number = folder.name.partition("-")[0]
                if folder.is_dir() and number.isdigit():
                    found.setdefault(int(number), set()).add(folder.name)
        return found

    def _group(self, name: str) -> "Cgroup":
        folders = tuple({place.folder / name for place in self.places.values()})
        memory = self.places.get("memory")
        return Cgroup(folders, memory.oom_file(name) if memory else None)


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The group of one sandbox: a folder in each hierarchy."""

    folders: tuple[Path, ...]
    oom_file: Path | None

    @contextlib.contextmanager
    def doors(self) -> Iterator[tuple[int, ...]]:
        """Descriptors to which a process writes "0" to join; opened with the caller's rights."""
        with contextlib.ExitStack() as stack:
            yield tuple(
                stack.enter_context((folder / "cgroup.procs").open("wb", buffering=0)).fileno()
                for folder in self.folders
            )

    def out_of_memory(self) -> bool:
        """Whether the kernel killed anything in it for its memory."""
        if self.oom_file is None:
            return False
        fields = dict(line.split(" ", 1) for line in self.oom_file.read_text().splitlines())
        return int(fields.get("oom_kill", "0")) > 0

    def pids(self) -> set[int]:
        """Who lives in it."""
        found: set[int] = set()
        for folder in self.folders:
            with contextlib.suppress(FileNotFoundError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        return found

    async def destroy(self) -> None:
        """Kill all that lives in it, wait until it is empty, and remove it."""
        for pause in _pauses():
            self._kill_all()
            left = [folder for folder in self.folders if not _remove(folder)]
            if not left:
                return
            await asyncio.sleep(pause)

    def _kill_all(self) -> None:
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _limit_memory(place: Place, name: str, size: int) -> None:
    """Memory and swap together never exceed `size`."""
    folder = place.folder / name
    if place.version == 2:
        write(folder / "memory.max", str(size))
        write(folder / "memory.swap.max", "0", optional=True)
        write(folder / "memory.oom.group", "1", optional=True)
        return
    write(folder / "memory.limit_in_bytes", str(size))
    write(folder / "memory.memsw.limit_in_bytes", str(size), optional=True)


def write(file: Path, text: str, *, optional: bool = False) -> None:
    """Write a control file; where it is optional it may be missing (a kernel without swap)."""
    if optional and not file.exists():
        return
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> bool:
    """Whether it is gone: the kernel refuses as long as anybody lives in it."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _pauses() -> Iterator[float]:
    """Seconds, growing, for ever: a tree that is not dead must not pass for dead."""
    pause = 0.001
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)
