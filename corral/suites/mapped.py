"""Anybody's JSONL or CSV file as a suite, by a map of its fields."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corral.json_types import Json, JsonObject
from corral.scorers.patterns import PatternFailed, first_group, matches
from corral.suites.base import LoadedSuite, Split, Task
from corral.suites.rows import Report, RowDefaults, TaskMaker, jsonl_rows, read_text


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which fields of a row are what. `tags` are fields whose values become tags.

    Without `id`, a task's id is "row-" and the number of its row, from 1.
    """

    input: str
    target: str
    id: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MappedSource:
    """How to read a file that was not made for Corral.

    `target_pattern` takes the target out of its field: the first group of its first match, as
    `#### (.+)` for GSM8K. `sample` keeps so many rows, and `private_share` of what is kept is
    private; both are chosen by `seed` alone, the same on every machine and Python, and the
    file's order stays.
    """

    slug: str
    name: str
    description: str
    licence: str
    source: str
    fields: FieldMap
    scorer: str
    options: Mapping[str, Json] = field(default_factory=dict)
    target_pattern: str | None = None
    sample: int | None = None
    seed: int = 0
    private_share: float = 0.0
    tags: tuple[str, ...] = ()


def load_mapped(path: Path, source: MappedSource) -> LoadedSuite:
    """Read a `.jsonl` or `.csv` file; `source_digest` is the SHA-256 of the whole file.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    text = read_text(path, report)
    report.end()
    rows = _csv_rows if path.suffix == ".csv" else jsonl_rows
    maker = TaskMaker(report, RowDefaults(source.scorer, source.options))
    tasks = []
    for number, (where, row) in enumerate(rows(text or "", path.name, report), start=1):
        mapped = _mapped(where, row, number, source, report)
        task = maker.make(where, mapped) if mapped else None
        if task is not None:
            tasks.append(task)
    if not tasks:
        report.add(path.name, "holds no task.")
    elif source.sample is not None and source.sample > len(tasks):
        report.add(path.name, f"holds {len(tasks)} tasks, fewer than the {source.sample} to keep.")
    report.end()
    return LoadedSuite(
        slug=source.slug,
        name=source.name,
        description=source.description,
        licence=source.licence,
        source=source.source,
        source_digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        tasks=tuple(_chosen(tasks, source)),
    )


def _mapped(
    where: str, row: JsonObject, number: int, source: MappedSource, report: Report
) -> "JsonObject | None":
    names = source.fields
    wanted = [names.input, names.target, *names.tags] + ([names.id] if names.id else [])
    missing = [name for name in wanted if name not in row]
    for name in missing:
        report.add(where, f'the field "{name}" is missing.')
    if missing:
        return None
    target = _target(where, row[names.target], source, report)
    if target is None:
        return None
    tags: list[Json] = [*source.tags, *(str(row[name]).strip() for name in names.tags)]
    return {
        "id": str(row[names.id]) if names.id else f"row-{number}",
        "input": row[names.input],
        "target": target,
        "tags": tags,
    }


def _target(where: str, value: Json, source: MappedSource, report: Report) -> Json:
    if source.target_pattern is None:
        if value is None:
            report.add(where, f'"{source.fields.target}" holds no target.')
        return value
    try:
        found = matches(source.target_pattern, value) if isinstance(value, str) else iter(())
        match = next(found, None)
    except PatternFailed as failed:
        report.add(where, f'"{source.fields.target}": {failed}')
        return None
    if match is None:
        report.add(where, f'"{source.fields.target}" has no match for {source.target_pattern!r}.')
        return None
    return first_group(match).strip()


def _csv_rows(text: str, name: str, report: Report) -> Iterator[tuple[str, JsonObject]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            where = f"{name} line {reader.line_num}"
            if header is None:
                header = cells
                if len(set(header)) != len(header):
                    report.add(where, "the header names a field twice.")
                    return
            elif cells and len(cells) != len(header):
                report.add(where, f"has {len(cells)} fields, but the header has {len(header)}.")
            elif cells:
                yield where, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        report.add(f"{name} line {reader.line_num}", f"is not CSV: {error}.")


def _chosen(tasks: Sequence[Task], source: MappedSource) -> Iterator[Task]:
    """Hashes, not `random`, whose sampling Python doesn't promise to keep the same."""
    sample = len(tasks) if source.sample is None else source.sample
    kept = set(_drawn(tasks, sample, f"sample {source.seed}"))
    chosen = [task for task in tasks if task.key in kept]
    hidden = round(len(chosen) * source.private_share)
    private = set(_drawn(chosen, hidden, f"private {source.seed}"))
    for task in chosen:
        yield replace(task, split=Split.PRIVATE if task.key in private else Split.PUBLIC)


def _drawn(tasks: Sequence[Task], count: int, seed: str) -> list[str]:
    keys = [task.key for task in tasks]
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).digest())[:count]
