"""Anybody's JSONL, JSON, CSV or Parquet file as a suite, by a map of its fields."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corral.suites.assemble import Head, suite_of, tasks_of_files
from corral.suites.base import LoadedSuite, Split, Task
from corral.suites.files import SuiteFiles, files_of
from corral.suites.mapped_rows import mapped_converter
from corral.suites.mapping import FieldMap, MappedSource
from corral.suites.report import Report
from corral.suites.rows import RowDefaults, TaskMaker

__all__ = ["FieldMap", "MappedSource", "load_mapped", "load_mapped_files"]


def load_mapped(path: Path, source: MappedSource) -> LoadedSuite:
    """Read one file; `source_digest` is the SHA-256 of the whole file.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    files, name = files_of(path, report)
    return load_mapped_files(files, [name], source, report)


def load_mapped_files(
    files: SuiteFiles, names: Sequence[str], source: MappedSource, report: Report
) -> LoadedSuite:
    """Read several files as one suite, their rows numbered through where they have no ids.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    defaults = RowDefaults(source.scorer, source.options, weight=source.weight)
    maker = TaskMaker(report, defaults)
    references: dict[str, str] = {}
    convert = mapped_converter(source, references)
    tasks = tasks_of_files(files, names, convert, maker, report, within=source.within)
    if tasks and source.sample is not None and source.sample > len(tasks):
        report.add(names[0], f"holds {len(tasks)} tasks, fewer than the {source.sample} to keep.")
    report.end()
    head = Head(source.slug, source.name, source.description, source.licence, source.source)
    suite = suite_of(head, list(_chosen(tasks, source)), files)
    return replace(suite, references=references)


def _chosen(tasks: Sequence[Task], source: MappedSource) -> Iterator[Task]:
    """Hashes, not `random`, whose sampling Python doesn't promise to keep the same."""
    sample = len(tasks) if source.sample is None else source.sample
    kept = set(_drawn(tasks, sample, f"sample {source.seed}"))
    chosen = [task for task in tasks if task.key in kept]
    hidden = round(len(chosen) * source.private_share)
    private = set(_drawn(chosen, hidden, f"private {source.seed}"))
    for task in chosen:
        yield replace(task, split=Split.PRIVATE if task.key in private else source.split)


def _drawn(tasks: Sequence[Task], count: int, seed: str) -> list[str]:
    keys = [task.key for task in tasks]
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).digest())[:count]
