"""A folder that an unprivileged user fills: how large it is, and how it becomes ours."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BLOCK = 512  # bytes in a unit of st_blocks: stat(2)


class NotPlain(Exception):
    """There is something that is neither a folder nor a file with one name."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a folder with all that is in it."""

    bytes: int
    entries: int


def size_of(folder: Path) -> Size:
    """How much a folder takes on the disk, while others may write in it; hard links count once."""
    seen: set[tuple[int, int]] = set()
    total = entries = 0
    for _, found in _walk(folder):
        entries += 1
        if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
            if (found.st_dev, found.st_ino) in seen:
                continue
            seen.add((found.st_dev, found.st_ino))
        total += found.st_blocks * BLOCK
    return Size(total, entries)


def take_over(folder: Path) -> None:
    """Make everything in a folder the caller's own, and for every other uid only to be read.

    Nobody else may be writing in it any more.

    Raises:
        NotPlain: what is not to be found in an installed package.
    """
    for path, found in [(folder, folder.lstat()), *_walk(folder)]:
        is_folder = stat.S_ISDIR(found.st_mode)
        if not is_folder and not (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
            raise NotPlain(path.relative_to(folder))
        if os.geteuid() == 0:
            os.chown(path, 0, 0, follow_symlinks=False)
        path.chmod(0o755 if is_folder or found.st_mode & 0o100 else 0o644)


def _walk(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All that is in a folder, itself left out, without following a link; what vanishes is left."""
    waiting = [folder]
    while waiting:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    yield Path(entry.path), found
                    if stat.S_ISDIR(found.st_mode):
                        waiting.append(Path(entry.path))
