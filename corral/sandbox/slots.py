"""Numbers of which each belongs to one worker on the machine: its uid and its cgroups' names."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from corral.errors import SandboxUnavailable

FIRST_UID = 64000
SLOTS = 1000
# One place for the whole machine: two checkouts have two state folders, but share the uids.
MACHINE_WIDE = Path("/run/corral-sandbox")


class Lock:
    """A locked file, let go when it is no longer referred to or its process dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __del__(self) -> None:
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class Slot:
    """A number reserved for this process for as long as `lock` is held.

    `token` tells this reservation from those that others had of the same number before.
    """

    number: int
    token: str
    folder: Path
    pid: int
    lock: Lock = field(repr=False)

    @property
    def mine(self) -> bool:
        """False in a process that was forked after the reservation: it needs a slot of its own."""
        return self.pid == os.getpid()

    @property
    def uid(self) -> int | None:
        """The uid that sandboxes of this slot run under; None: the caller's own."""
        return FIRST_UID + self.number if os.geteuid() == 0 else None


def slots_folder(state: Path) -> Path:
    """Where the reservations are kept: for root all that share its uids must see the same."""
    return MACHINE_WIDE if os.geteuid() == 0 else state / "sandbox" / "slots"


def reserve_slot(folder: Path, wanted: int) -> Slot:
    """The slot `wanted`, or the next one that nobody has.

    Raises:
        SandboxUnavailable: none is free, or the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(wanted, wanted + SLOTS):
            lock = _lock(folder, number % SLOTS)
            if lock is not None:
                return Slot(number % SLOTS, secrets.token_hex(4), folder, os.getpid(), lock)
    except OSError as error:
        raise SandboxUnavailable(f"No uid can be reserved in {folder}: {error}.") from error
    raise SandboxUnavailable(f"All {SLOTS} uids of sandboxes are taken, says {folder}.")


@contextmanager
def abandoned(folder: Path, number: int) -> Iterator[bool]:
    """Whether nobody has the slot `number`; if so, nobody gets it meanwhile either."""
    lock = _lock(folder, number)
    yield lock is not None


def _lock(folder: Path, number: int) -> Lock | None:
    descriptor = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    lock = Lock(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return lock
