"""From files to a suite: what every loader does alike with the rows that its format holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from corral.json_types import JsonObject
from corral.suites.base import LoadedSuite, Task
from corral.suites.files import SuiteFiles, digest_of
from corral.suites.readers import rows_of
from corral.suites.report import Report
from corral.suites.rows import RowDefaults, TaskMaker


@dataclass(frozen=True, slots=True)
class Head:
    """What a suite is called and where it comes from, and what its rows get that say nothing."""

    slug: str
    name: str
    description: str = ""
    licence: str = "not stated"
    source: str = ""
    defaults: RowDefaults = field(default_factory=RowDefaults)


# A row of some format as a row of Corral's own: where, its number from 1 through all files, the
# row, and the report that gets its problems; None where it can't be one.
Convert: TypeAlias = "Callable[[str, int, JsonObject, Report], JsonObject | None]"


class GivenUp(Exception):
    """What went wrong with a row, and is in the report, would cost too much with every other."""


def as_they_are(where: str, number: int, row: JsonObject, report: Report) -> JsonObject:
    """Corral's own rows."""
    return row


def tasks_of_files(
    files: SuiteFiles,
    names: Iterable[str],
    convert: Convert,
    maker: TaskMaker,
    report: Report,
    *,
    within: str | None = None,
) -> list[Task]:
    """The tasks of all rows of some files; a file without one is a problem."""
    tasks: list[Task] = []
    number = 0
    for name in names:
        before = report.count, len(tasks)
        rows = rows_of(files, name, report, within=within)
        for where, row in rows:
            number += 1
            try:
                converted = convert(where, number, row, report)
            except GivenUp:
                break
            task = maker.make(where, converted) if converted is not None else None
            tasks += [task] if task else []
        if (report.count, len(tasks)) == before:
            report.add(name, "holds no task.")
    return tasks


def suite_of(
    head: Head, tasks: Sequence[Task], files: SuiteFiles, remarks: Sequence[str] = ()
) -> LoadedSuite:
    """The suite that a head and tasks make; its `source_digest` is that of all files read."""
    return LoadedSuite(
        slug=head.slug,
        name=head.name,
        description=head.description,
        licence=head.licence,
        source=head.source,
        source_digest=digest_of(files.digests),
        tasks=tuple(tasks),
        remarks=tuple(remarks),
    )
