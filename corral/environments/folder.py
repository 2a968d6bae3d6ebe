"""A folder that an unprivileged user fills: how large it is, and how it becomes ours."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BLOCK = 512  # bytes in a unit of st_blocks: stat(2)
# Bytes of a path below a folder. Whoever walks it, here or in a sandbox, has room for what comes
# before it (4096 with that: path_resolution(7)), and folders nest no deeper than functions can.
MOST_PATH = 1024


class NotPlain(Exception):
    """There is something that is neither a folder nor a file with one name."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a folder with all that is in it; `longest` path below it, in bytes."""

    bytes: int
    entries: int
    longest: int


def size_of(folder: Path) -> Size:
    """How much a folder takes on the disk, while others may write in it; hard links count once.

    What lies below a path that is too long is not looked at.
    """
    seen: set[tuple[int, int]] = set()
    total = entries = longest = 0
    before = len(os.fsencode(folder)) + 1
    for path, found in _walk(folder):
        entries += 1
        longest = max(longest, len(os.fsencode(path)) - before)
        if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
            if (found.st_dev, found.st_ino) in seen:
                continue
            seen.add((found.st_dev, found.st_ino))
        total += found.st_blocks * BLOCK
    return Size(total, entries, longest)


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
    waiting, most = [folder], len(os.fsencode(folder)) + 1 + MOST_PATH
    while waiting:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    yield Path(entry.path), found
                    if stat.S_ISDIR(found.st_mode) and len(os.fsencode(entry.path)) <= most:
                        waiting.append(Path(entry.path))


def remove_folder(folder: Path) -> None:
    """Remove a folder that nobody writes in any more, however deep its folders nest.

    Each of them is moved to the top before it is emptied: `shutil.rmtree` calls itself, and has a
    descriptor open, for each level. What can't be removed stays; others may be removing it, too.
    """
    emptied = [folder]
    for each in emptied:  # it grows meanwhile
        with suppress(OSError), os.scandir(each) as entries:
            for entry in list(entries):
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        emptied.append(_moved_up(Path(entry.path), folder))
                    else:
                        os.unlink(entry.path)
    for each in (*emptied[1:], folder):
        with suppress(OSError):
            each.rmdir()


def _moved_up(inner: Path, top: Path) -> Path:
    inner.chmod(0o700)  # one without permissions can't be moved or emptied by an ordinary user
    return inner.rename(top / f".removed-{secrets.token_hex(8)}")
