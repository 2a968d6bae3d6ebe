"""Folders that stand empty under a sandbox's /project until a project is put into them."""

import itertools
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from corral.sandbox.folders import make_traversable
from corral.sandbox.slots import Slot, abandoned

_counter = itertools.count()


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms of one worker; `folder` is that of all workers with the same state."""

    folder: Path
    slot: Slot

    def make(self) -> Path:
        """An empty room, which the sandbox's user may enter but not change.

        Raises:
            OSError: it cannot be made.
        """
        room = self.folder / f"{self.slot.number}-{self.slot.token}-{next(_counter)}"
        room.mkdir(mode=0o755)
        room.chmod(0o755)
        return room

    def suits(self, project: Path) -> bool:
        """Whether a project's files can be linked into a room: both are on one file system."""
        return project.stat().st_dev == self.folder.stat().st_dev

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
