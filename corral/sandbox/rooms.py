"""Folders that stand empty under a sandbox's /project until a project is put into them."""

import hashlib
import itertools
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from corral.sandbox.folders import make_traversable
from corral.sandbox.slots import Slot, abandoned

_counter = itertools.count()


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms of one worker; `folder` is that of all workers that share slots and state."""

    folder: Path
    slot: Slot

    @classmethod
    def of(cls, state: Path, slot: Slot) -> "Rooms":
        """Those of a worker: others with the same state, but slots of their own, have another."""
        whose = f"{socket.gethostname()} {slot.folder.absolute()}"
        digest = hashlib.sha256(whose.encode()).hexdigest()[:12]
        return cls(state / "sandbox" / f"rooms-{digest}", slot)

    def make(self) -> Path:
        """An empty room, which the sandbox's user may enter but not change.

        Raises:
            OSError: it cannot be made.
        """
        room = self.folder / f"{self.slot.number}-{self.slot.token}-{next(_counter)}"
        room.mkdir(mode=0o755)
        room.chmod(0o755)
        return room

    def prepare(self) -> None:
        """Remove what dead workers left: rooms of this slot, and of slots nobody has.

        Raises:
            OSError: the folder cannot be made.
        """
        make_traversable(self.folder)
        for room in self.folder.glob("*-*-*"):
            number, token, _ = room.name.split("-")
            if int(number) == self.slot.number:
                if token != self.slot.token:
                    shutil.rmtree(room, ignore_errors=True)
                continue
            with abandoned(self.slot.folder, int(number)) as nobodys:
                if nobodys:
                    shutil.rmtree(room, ignore_errors=True)


def furnish(room: Path, project: Path) -> None:
    """Link a project's files into a room: neither is copied, and inside both are read-only.

    Raises:
        OSError: they are on different file systems, or the project is not what it was.
    """
    shutil.copytree(project, room, symlinks=True, copy_function=os.link, dirs_exist_ok=True)


def clear(room: Path) -> None:
    """Remove a room with all that is linked into it; the project stays as it was."""
    shutil.rmtree(room, ignore_errors=True)
