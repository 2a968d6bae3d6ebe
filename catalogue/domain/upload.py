"""A suite as it is uploaded: a .zip of its folder, one file, or suite.toml and tasks as texts."""

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from catalogue.domain.loading import Wanted, load_path
from catalogue.errors import SuiteRefused
from corral.suites.base import LoadedSuite
from corral.suites.files import is_inside
from corral.suites.head import SUITE
from corral.suites.readers import ENDINGS, ending_of

MAX_PACKED = 20_000_000
MAX_UNPACKED = 100_000_000
MAX_FILES = 100
MAX_ENTRIES = 10_000
TASKS = "tasks.jsonl"
YAML = (".yaml", ".yml")
TOO_LARGE = f"The file is larger than {MAX_PACKED // 10**6} MB."
_AS_IS = Wanted()


def load_upload(packed: IO[bytes], name: str, wanted: Wanted = _AS_IS) -> LoadedSuite:
    """The suite in an uploaded file of that name: a .zip, or one file in any format.

    Raises:
        SuiteRefused: the file or the suite breaks a rule; every problem of the suite at once.
    """
    if packed.seek(0, 2) > MAX_PACKED:
        raise SuiteRefused([TOO_LARGE])
    packed.seek(0)
    if name.lower().endswith(".zip"):
        return load_suite_archive(packed, wanted)
    with _folder() as folder:
        file = folder / _plain_name(name)
        with file.open("wb") as out:
            shutil.copyfileobj(packed, out)
        return load_path(file, wanted)


def load_suite_archive(packed: IO[bytes], wanted: Wanted = _AS_IS) -> LoadedSuite:
    """Read a suite from a .zip of its folder, or of what is in that folder.

    Raises:
        SuiteRefused: the archive or the suite breaks a rule; every problem of the suite at once.
    """
    with _folder() as folder:
        try:
            with zipfile.ZipFile(packed) as archive:
                home = _unpack(archive, folder)
        except (
            zipfile.BadZipFile,
            zlib.error,
            RuntimeError,
            ValueError,
            EOFError,
            OSError,
        ) as error:
            raise SuiteRefused([f"The archive can't be read as a .zip: {error}."]) from error
        return load_path(_entrance(folder / home), wanted)


def load_suite_texts(*, about: str, tasks: str) -> LoadedSuite:
    """Read a suite from the text of suite.toml and that of its only task file, tasks.jsonl.

    Raises:
        SuiteRefused: every problem at once, each with file, line, field and rule.
    """
    with _folder() as folder:
        (folder / SUITE).write_text(about, encoding="utf-8", errors="replace")
        (folder / TASKS).write_text(tasks, encoding="utf-8", errors="replace")
        return load_path(folder, _AS_IS)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="suite-") as folder:
        yield Path(folder)


def _plain_name(name: str) -> str:
    """The file's name with nothing in it that a path could do anything with."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[^A-Za-z0-9._-]", "-", last)[-100:].lstrip(".-") or "suite"


def _unpack(archive: zipfile.ZipFile, folder: Path) -> PurePosixPath:
    """Write the files that a suite can have, as ordinary files; returns the suite's folder."""
    if len(archive.infolist()) > MAX_ENTRIES:
        raise SuiteRefused([f"The archive holds more than {MAX_ENTRIES} entries."])
    entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
    if len(entries) > MAX_FILES:
        raise SuiteRefused([f"The archive holds more than {MAX_FILES} files."])
    home = _home([PurePosixPath(entry.filename) for entry in entries])
    left = MAX_UNPACKED
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_relative_to(home):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            left -= _write(archive, entry, folder / path, left)
    return home


def _home(paths: list[PurePosixPath]) -> PurePosixPath:
    """Where suite.toml is; without one, the folder that holds all files."""
    homes = {path.parent for path in paths if path.name == SUITE}
    if len(homes) > 1:
        raise SuiteRefused([f"The archive must hold one {SUITE}, not {len(homes)}."])
    if not paths:
        raise SuiteRefused([f"The archive holds no {SUITE}, and no file in a known format."])
    return homes.pop() if homes else min((path.parent for path in paths), key=_depth)


def _depth(path: PurePosixPath) -> tuple[int, str]:
    return len(path.parts), str(path)


def _entrance(folder: Path) -> Path:
    """What a loader is given: the folder, or the one file in it that says what the others are."""
    files = [file for file in folder.iterdir() if file.is_file()]
    if any(file.name == SUITE for file in files):
        return folder
    described = [file for file in files if file.suffix in YAML]
    if len(described) == 1:
        return described[0]
    return files[0] if len(files) == 1 else folder


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """A file that some format has, by a name that can't lead anywhere else."""
    path = PurePosixPath(entry.filename)
    known = path.name == SUITE or path.suffix in YAML or ending_of(path.name) in ENDINGS
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not entry.is_dir() and known and not hidden and is_inside(entry.filename)


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
