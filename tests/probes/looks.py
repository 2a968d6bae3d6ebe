"""Looks from the host at the processes of one sandbox."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.probes.seen import Look

PAUSE_SECONDS = 0.03
KIB = 1024


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
        projects = [status for pid in pids if self._carries(pid) and (status := status_of(pid))]
        if not projects:
            return None
        return Look(
            processes=len(found),
            threads=sum(int(each["Threads"]) for each in found),
            memory_bytes=sum(memory_of(each) for each in found),
            uids=frozenset(int(each["Uid"].split()[1]) for each in projects),
            capabilities=max(int(each["CapEff"], 16) for each in projects),
            confined=all((each["Seccomp"], each["NoNewPrivs"]) == ("2", "1") for each in projects),
        )

    def pids(self) -> list[int]:
        """Who they are: the runtime's own among them where a user is theirs alone."""
        return [pid for pid in all_pids() if pid != self.apart and self._is_meant(pid)]

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
    """/proc/<pid>/status by field; None once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    pairs = (line.partition(":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}


def memory_of(status: dict[str, str]) -> int:
    """Bytes that are nobody else's to give back."""
    fields = (status.get(name, "0").split()[0] for name in ("RssAnon", "RssShmem"))
    return sum(map(int, fields)) * KIB
