"""Looks from the host at the processes of one sandbox."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.probes.seen import Look

PAUSE_SECONDS = 0.03
KIB = 1024
OWN_MEMORY = ("Pss_Anon:", "Pss_Shmem:")
UNLIMITED = 1 << 62
DEAD = "ZX"
RUNTIME = "bwrap"
GROUP_FILES = (
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
    (Path("/sys/fs/cgroup"), "memory.max"),
    (Path("/sys/fs/cgroup/unified"), "memory.max"),
)


@dataclass(frozen=True, slots=True)
class Watch:
    """The processes of a user, or where it is the caller's own those that carry the token.

    `apart` is a process of that user which is none of the sandbox's.
    """

    token: str
    owner: int | None
    apart: int
    looks: list[Look] = field(default_factory=list)

    async def keep_looking(self) -> None:
        """Until cancelled."""
        while True:
            if look := self.look():
                self.looks.append(look)
            await asyncio.sleep(PAUSE_SECONDS)

    def look(self) -> Look | None:
        """All of them at this moment; None if there is none."""
        pids = self.pids()
        found = [status for pid in pids if (status := status_of(pid))]
        carrying = {pid: status_of(pid) for pid in pids if self._carries(pid)}
        # The runtime's own is told the command, too, and stands outside of the filter.
        own = [pid for pid, status in carrying.items() if status and status["Name"] != RUNTIME]
        projects = [status for pid in own if (status := carrying[pid])]
        if not projects:
            return None
        return Look(
            processes=len(found),
            threads=sum(int(each["Threads"]) for each in found),
            memory_bytes=sum(map(memory_of, pids)),
            memory_limit=max(map(memory_limit_of, own)),
            uids=frozenset(int(each["Uid"].split()[1]) for each in projects),
            capabilities=max(int(each["CapEff"], 16) for each in projects),
            confined=all((each["Seccomp"], each["NoNewPrivs"]) == ("2", "1") for each in projects),
        )

    def pids(self) -> list[int]:
        """Who lives of them: the runtime's own among them where a user is theirs alone."""
        meant = [pid for pid in all_pids() if pid != self.apart and self._is_meant(pid)]
        return [pid for pid in meant if status_of(pid)]

    def _is_meant(self, pid: int) -> bool:
        try:
            owned = self.owner is not None and Path(f"/proc/{pid}").stat().st_uid == self.owner
        except OSError:
            return False
        return owned or self._carries(pid)

    def _carries(self, pid: int) -> bool:
        """Whether the project's command, and so it or a fork of it."""
        try:
            return self.token.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False


def all_pids() -> Iterator[int]:
    """Of the whole machine."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            yield int(folder.name)


def status_of(pid: int) -> dict[str, str] | None:
    """/proc/<pid>/status by field; None once it is dead, buried or not."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    pairs = (line.partition(":") for line in lines)
    status = {name: value.strip() for name, _, value in pairs}
    return None if status["State"][0] in DEAD else status


def memory_of(pid: int) -> int:
    """Bytes of its own, and its share of what it has in common with others (not of files)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return KIB * sum(int(line.split()[1]) for line in lines if line.startswith(OWN_MEMORY))


def memory_limit_of(pid: int) -> int:
    """The lowest limit in bytes of the memory groups that it is in; UNLIMITED where none is."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return UNLIMITED
    limits = [UNLIMITED]
    for _, controllers, group in (line.split(":", 2) for line in lines):
        if "memory" in controllers.split(",") or not controllers:
            limits += _limits_above(group.lstrip("/"))
    return min(limits)


def _limits_above(group: str) -> Iterator[int]:
    for point, file in GROUP_FILES:
        for folder in (Path(group), *Path(group).parents):
            try:
                text = (point / folder / file).read_text().strip()
            except OSError:
                continue
            yield int(text) if text.isdigit() else UNLIMITED
