"""The files of a suite: each read once, whole and within bounds, and remembered by its digest."""

import gzip
import hashlib
import io
import stat
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from corral.suites.report import Report

MAX_FILE_BYTES = 200_000_000
_LONGEST_NAME = 500
_TOO_LARGE = f"is larger than {MAX_FILE_BYTES // 1_000_000} MB."
_UNPACKED = f"unpacked {_TOO_LARGE}"


class SuiteFiles:
    """Reads files of one folder; a file is named by its path below it, with "/" between."""

    def __init__(self, folder: Path, report: Report) -> None:
        self._folder = folder
        self._report = report
        self._digests: dict[str, str] = {}

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256, in hex, of every file that was read, by its name, in the order of reading."""
        return self._digests

    def has(self, name: str) -> bool:
        """Whether there is such a file in the folder, by a name that can't lead out of it."""
        if not is_inside(name) or len(name) > _LONGEST_NAME:
            return False
        return self._problem(name) is None

    def text(self, name: str) -> str | None:
        """A file's text; None, and a problem, where it can't be had."""
        data = self.data(name)
        try:
            return None if data is None else data.decode("utf-8-sig")
        except UnicodeDecodeError:
            self._report.add(name, "is not UTF-8 text.")
            return None

    def data(self, name: str) -> bytes | None:
        """A file's bytes, unpacked if it ends in .gz; None, and a problem, if they can't be had."""
        problem = self._problem(name)
        if problem is None:
            try:
                data = (self._folder / name).read_bytes()
            except OSError as error:
                problem = f"can't be read: {error.strerror}."
            else:
                self._digests[name] = hashlib.sha256(data).hexdigest()
                return self._unpacked(name, data) if name.endswith(".gz") else data
        self._report.add(name, problem)
        return None

    def _problem(self, name: str) -> str | None:
        path = self._folder / name
        try:
            found = path.stat()
            inside = path.resolve().is_relative_to(self._folder.resolve())
        except (FileNotFoundError, NotADirectoryError):
            return "there is no such file."
        except (OSError, ValueError, RuntimeError) as error:
            return f"can't be read: {getattr(error, 'strerror', None) or error}."
        if not inside:
            return "leads out of the suite's folder."
        if stat.S_ISDIR(found.st_mode):
            return "can't be read: Is a directory."
        if not stat.S_ISREG(found.st_mode):
            return "is no ordinary file."
        return _TOO_LARGE if found.st_size > MAX_FILE_BYTES else None

    def _unpacked(self, name: str, data: bytes) -> bytes | None:
        try:
            unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_FILE_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            self._report.add(name, "is not in the format of gzip.")
            return None
        if len(unpacked) > MAX_FILE_BYTES:
            self._report.add(name, _UNPACKED)
            return None
        return unpacked


def files_of(path: Path, report: Report) -> tuple[SuiteFiles, str]:
    """The folder of one file that somebody named, wherever that leads to, and the file's name."""
    return SuiteFiles(path.resolve().parent, report), path.resolve().name


def is_inside(name: str) -> bool:
    """Whether a name is that of a file in or below a folder, by its form alone."""
    path = PurePosixPath(name)
    plain = name != "" and name.isprintable() and "\\" not in name
    return plain and not path.is_absolute() and ".." not in path.parts


def digest_of(digests: Mapping[str, str]) -> str:
    """What names the source: the SHA-256 of a single file, or of the lines of several.

    A line is "<SHA-256 of a file>  <its name>\\n", as `sha256sum` writes it.
    """
    if len(digests) == 1:
        return next(iter(digests.values()))
    lines = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    return hashlib.sha256(lines.encode()).hexdigest()
