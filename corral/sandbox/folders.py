"""Folders that are made once and then only read: content-addressed, atomic, safe to race for."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def ensure_folder(folder: Path, fill: Callable[[Path], None]) -> Path:
    """`folder`, made by `fill` if it is not there yet; readable for every uid, never half made.

    One process makes it while the others wait. What killed processes left is removed.
    """
    if folder.is_dir():
        return folder
    make_traversable(folder.parent)
    with _only_one(folder):
        if not folder.is_dir():
            _make(folder, fill)
    return folder


def make_traversable(folder: Path) -> None:
    """Make a folder that every uid may pass; one that is there keeps its permissions."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(0o755)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder.parent / f".{folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(folder: Path, fill: Callable[[Path], None]) -> None:
    prefix = f".{folder.name}.making-"
    for left_over in folder.parent.glob(f"{prefix}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    try:
        fill(making)
        _open_to_all(making)
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _open_to_all(folder: Path) -> None:
    """Readable and traversable for every uid, writable for the owner alone."""
    for path, _, files in os.walk(folder):
        Path(path).chmod(0o755)
        for name in files:
            file = Path(path, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
