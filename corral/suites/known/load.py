"""A known benchmark as a suite, from its files on a path, in a wheel or on the Hugging Face Hub."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from corral.json_types import JsonObject
from corral.suites.base import LoadedSuite
from corral.suites.files import SuiteFiles
from corral.suites.known.base import Benchmark
from corral.suites.known.hub import fetch_from_hub
from corral.suites.known.wheel import unpack_from_wheel, wheel_folder
from corral.suites.mapped import load_mapped_files
from corral.suites.mapping import MappedSource
from corral.suites.readers import rows_of
from corral.suites.report import Report


def load_benchmark(benchmark: Benchmark, path: Path) -> LoadedSuite:
    """Read it from its first file, from a folder that it lies in or below, or from a wheel's file.

    A digest that is not the one in the catalogue is said in `remarks`, and so is another number of
    tasks: data sets are corrected now and then.

    Raises:
        ProjectRefused: a file is missing or not in its format.
    """
    if path.suffix == ".whl":
        with unpack_from_wheel(benchmark, path) as folder:
            return _loaded(benchmark, folder, [file.path for file in benchmark.files])
    folder, names = _found(benchmark, path)
    return _loaded(benchmark, folder, names)


def load_from_wheel(benchmark: Benchmark) -> LoadedSuite:
    """Read it from the installed distribution that carries it.

    Raises:
        UserError: none does, or it is not installed.
    """
    folder = wheel_folder(benchmark)
    return _loaded(benchmark, folder, [str(file.in_wheel) for file in benchmark.files])


def load_from_hub(benchmark: Benchmark, *, revision: str = "main") -> LoadedSuite:
    """Read it from the Hugging Face Hub.

    Raises:
        UserError: it isn't there, the package huggingface_hub is not installed, or there is no
            network.
    """
    path = fetch_from_hub(benchmark, revision=revision)
    return _loaded(benchmark, path.parent, [path.name])


def places(benchmark: Benchmark, folder: Path) -> Iterator[Path]:
    """Where its first file may be in a folder of data."""
    yield folder / benchmark.files[0].path
    yield folder / benchmark.folder / benchmark.files[0].path


def _found(benchmark: Benchmark, path: Path) -> tuple[Path, list[str]]:
    if path.is_dir():
        there = [place for place in places(benchmark, path) if place.is_file()]
        path = there[0] if there else next(places(benchmark, path))
    rest = [file.path for file in benchmark.files[1:]]
    return path.parent, [path.name, *rest]


def _loaded(benchmark: Benchmark, folder: Path, names: list[str]) -> LoadedSuite:
    report = Report()
    files = SuiteFiles(folder, report)
    source = _joined(benchmark, files, names[1:], report)
    loaded = load_mapped_files(files, names[:1], source, report)
    return replace(loaded, remarks=tuple(_remarks(benchmark, files, names, len(loaded.tasks))))


def _joined(
    benchmark: Benchmark, files: SuiteFiles, names: list[str], report: Report
) -> MappedSource:
    """The source with the fields of further files in every row that has the same id."""
    source = benchmark.source
    for file, name in zip(benchmark.files[1:], names, strict=True):
        by = str(file.joined_by)
        more = {_id(row, by): row for _, row in rows_of(files, name, report)}
        source = replace(source, adapt=_joining(source, by, more))
    return source


def _joining(
    source: MappedSource, by: str, more: dict[str, JsonObject]
) -> Callable[[JsonObject], JsonObject]:
    def adapt(row: JsonObject) -> JsonObject:
        whole = {**more.get(_id(row, by), {}), **row}
        return whole if source.adapt is None else source.adapt(whole)

    return adapt


def _id(row: JsonObject, by: str) -> str:
    return repr(row.get(by))


def _remarks(
    benchmark: Benchmark, files: SuiteFiles, names: list[str], tasks: int
) -> Iterator[str]:
    for file, name in zip(benchmark.files, names, strict=False):
        digest = files.digests[name]
        if digest != file.sha256:
            yield (
                f"{name} is not the file that the catalogue knows: its SHA-256 is {digest}, "
                f"not {file.sha256}."
            )
    if tasks != benchmark.tasks:
        yield f"It has {tasks} tasks, not the {benchmark.tasks} that the catalogue knows."
