"""A file of questions and answers by their usual names, for which nobody has drawn a map."""

from collections.abc import Iterable
from pathlib import Path

from corral.errors import ProjectRefused
from corral.suites.base import LoadedSuite
from corral.suites.files import files_of
from corral.suites.head import head_for
from corral.suites.mapped import load_mapped
from corral.suites.mapping import FieldMap, MappedSource
from corral.suites.readers import rows_of
from corral.suites.report import Report

INPUTS = ("input", "question", "prompt", "problem", "query", "instruction")
TARGETS = ("target", "answer", "ideal", "solution", "label")
_IDS = ("id", "key")


def load_plain(path: Path) -> LoadedSuite:
    """Read a file whose first row has an input and a target by one of their usual names.

    The scorer is `includes`. Fields with other names are passed over.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    names = plain_fields(first_fields(path))
    if names is None:
        raise ProjectRefused(
            [
                f"{path.name}: the first row must have one of {', '.join(INPUTS)} and one of "
                f"{', '.join(TARGETS)}."
            ]
        )
    head = head_for(path)
    source = MappedSource(
        slug=head.slug,
        name=head.name,
        description=head.description,
        licence=head.licence,
        source=head.source,
        fields=names,
        scorer="includes",
    )
    return load_mapped(path, source)


def plain_fields(fields: Iterable[str]) -> FieldMap | None:
    """Which fields are what by their usual names; None where one is missing."""
    present = set(fields)
    asked = next((name for name in INPUTS if name in present), None)
    target = next((name for name in TARGETS if name in present), None)
    if asked is None or target is None:
        return None
    return FieldMap(asked, target, id=next((name for name in _IDS if name in present), None))


def first_fields(path: Path) -> tuple[str, ...]:
    """The names of the fields of a file's first row, sorted; () where it has none or no rows."""
    report = Report()
    files, name = files_of(path, report)
    for _, row in rows_of(files, name, report):
        return tuple(sorted(row))
    return ()
