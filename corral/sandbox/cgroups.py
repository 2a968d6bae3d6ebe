"""Control groups, version 1 and 2: what one sandbox may use of memory, processors and processes.

Source: the kernel's Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst and
Documentation/scheduler/sched-bwc.rst.
"""

import asyncio
import contextlib
import hashlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.limits import Limits
from corral.sandbox.places import CONTROLLERS, Place, find_places
from corral.sandbox.slots import Slot, abandoned

OUR_OWN = 4  # who watches over it, bwrap, process 1 inside, and room to fork
PERIOD = 100_000  # microseconds
LONGEST_PAUSE = 0.2
HASTY_TRIES = 20

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
            for name in CONTROLLERS
            if name not in self.places
        ]

    def create(self, slot: Slot) -> "Cgroup":
        """A fresh group, in which nobody is yet.

        Raises:
            SandboxUnavailable: the kernel refused.
        """
        cgroup = Cgroup(f"{slot.number}-{slot.token}-{next(_counter)}", self.places)
        try:
            for folder in cgroup.folders:
                folder.mkdir()
        except OSError as error:
            cgroup.destroy_now()
            raise SandboxUnavailable(f"No cgroup can be made: {error}.") from error
        return cgroup

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
            await Cgroup(name, self.places).destroy()

    def _found(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for place in set(self.places.values()):
            for folder in place.folder.iterdir():
                number = folder.name.partition("-")[0]
                if folder.is_dir() and number.isdigit():
                    found.setdefault(int(number), set()).add(folder.name)
        return found


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The group of one sandbox: a folder in the hierarchy of each controller in `places`."""

    name: str
    places: Mapping[str, Place]

    @property
    def folders(self) -> set[Path]:
        """All of it."""
        return {place.folder / self.name for place in self.places.values()}

    @contextlib.contextmanager
    def doors(self) -> Iterator[tuple[int, ...]]:
        """Descriptors to which a process writes "0" to join; opened with the caller's rights."""
        with contextlib.ExitStack() as stack:
            yield tuple(
                stack.enter_context((folder / "cgroup.procs").open("wb", buffering=0)).fileno()
                for folder in self.folders
            )

    def limit(self, limits: Limits) -> None:
        """Limit what all of it together may use; once, for a fresh group.

        Raises:
            OSError: the kernel refused.
        """
        for controller, place in self.places.items():
            for file, value in CONTROL_FILES[controller, place.version](limits).items():
                write(place.folder / self.name / file, value, optional="sw" in file)

    def out_of_memory(self) -> bool:
        """Whether the kernel killed anything in it for its memory."""
        if "memory" not in self.places:
            return False
        text = self.places["memory"].oom_file(self.name).read_text()
        fields = dict(line.split(" ", 1) for line in text.splitlines())
        return int(fields.get("oom_kill", "0")) > 0

    def pids(self) -> set[int]:
        """Who lives in it."""
        found: set[int] = set()
        for folder in self.folders:
            with contextlib.suppress(FileNotFoundError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        return found

    async def destroy(self) -> None:
        """Kill all that lives in it, wait until it is empty, and have it removed."""
        for pause in _pauses():
            if not self._kill_all():
                break
            await asyncio.sleep(pause)
        # The kernel takes a millisecond for each folder, in which nobody needs to wait.
        asyncio.get_running_loop().run_in_executor(None, self.destroy_now)

    def destroy_now(self) -> None:
        """Kill, wait and remove; what is left after a moment is found by the next worker."""
        for _, pause in zip(range(HASTY_TRIES), _pauses(), strict=False):
            self._kill_all()
            if not {folder for folder in self.folders if not _remove(folder)}:
                return
            time.sleep(pause)

    def _kill_all(self) -> set[int]:
        """Kill all that lives in it; who that was."""
        found = self.pids()
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return found


def _bandwidth(limits: Limits) -> int:
    """Microseconds of processor time in each period."""
    return int(limits.cpus * PERIOD)


# By controller and version of the hierarchy: the files to write, in this order. Memory and swap
# together never exceed the limit.
CONTROL_FILES: Mapping[tuple[str, int], Callable[[Limits], dict[str, str]]] = {
    ("memory", 1): lambda limits: {
        "memory.limit_in_bytes": str(limits.memory_bytes),
        "memory.memsw.limit_in_bytes": str(limits.memory_bytes),
    },
    ("memory", 2): lambda limits: {
        "memory.max": str(limits.memory_bytes),
        "memory.swap.max": "0",
    },
    ("pids", 1): lambda limits: {"pids.max": str(limits.pids + OUR_OWN)},
    ("pids", 2): lambda limits: {"pids.max": str(limits.pids + OUR_OWN)},
    ("cpu", 1): lambda limits: {
        "cpu.cfs_period_us": str(PERIOD),
        "cpu.cfs_quota_us": str(_bandwidth(limits)),
    },
    ("cpu", 2): lambda limits: {"cpu.max": f"{_bandwidth(limits)} {PERIOD}"},
}


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
