"""A suite as it is uploaded: a .zip of its folder, or suite.toml and the tasks as two texts."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from catalogue.errors import SuiteRefused
from corral.suites.base import LoadedSuite
from corral.suites.head import SUITE
from corral.suites.native import load_suite

MAX_UNPACKED = 100_000_000
MAX_FILES = 100
TASKS = "tasks.jsonl"


def load_suite_archive(packed: IO[bytes]) -> LoadedSuite:
    """Read a suite from a .zip that holds suite.toml and its .jsonl files, or their one folder.

    Raises:
        ProjectRefused: the archive or the suite breaks a rule; every problem of the suite at once.
    """
    with _folder() as folder:
        try:
            with zipfile.ZipFile(packed) as archive:
                _unpack(archive, folder)
        except (zipfile.BadZipFile, RuntimeError, EOFError, OSError) as error:
            raise SuiteRefused([f"The archive can't be read as a .zip: {error}."]) from error
        return load_suite(folder)


def load_suite_texts(*, about: str, tasks: str) -> LoadedSuite:
    """Read a suite from the text of suite.toml and that of its only task file, tasks.jsonl.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    with _folder() as folder:
        (folder / SUITE).write_text(about, encoding="utf-8")
        (folder / TASKS).write_text(tasks, encoding="utf-8")
        return load_suite(folder)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="suite-") as folder:
        yield Path(folder)


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Write the suite's files, and nothing else: names are made ours, so no path can escape."""
    entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
    homes = {PurePosixPath(e.filename).parent for e in entries if e.filename.endswith(SUITE)}
    if len(homes) != 1:
        raise SuiteRefused([f"The archive must hold one {SUITE}, not {len(homes)}."])
    home = homes.pop()
    if len(entries) > MAX_FILES:
        raise SuiteRefused([f"The archive holds more than {MAX_FILES} files."])
    left = MAX_UNPACKED
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.parent == home:
            left -= _write(archive, entry, folder / path.name, left)


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    return not entry.is_dir() and (path.name == SUITE or path.suffix == ".jsonl")


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Unpack one entry of at most `left` real bytes, whatever it declares; returns its size."""
    with archive.open(entry) as packed, target.open("wb") as unpacked:
        shutil.copyfileobj(_Limited(packed, left), unpacked)
    return target.stat().st_size


class _Limited:
    """Reads on until more than `left` bytes have come."""

    def __init__(self, source: IO[bytes], left: int) -> None:
        self.source, self.left = source, left

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        chunk = self.source.read(size)
        self.left -= len(chunk)
        if self.left < 0:
            raise SuiteRefused([f"The archive unpacks to more than {MAX_UNPACKED // 10**6} MB."])
        return chunk
