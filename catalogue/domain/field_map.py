"""A map of a file's fields as people write it: `input=question`, `more.hint=help`, `tags=level`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from catalogue.errors import SuiteRefused
from corral.suites.assemble import Head
from corral.suites.head import SuiteFile, head_for
from corral.suites.mapped_section import mapped_source
from corral.suites.mapping import MappedSource
from corral.suites.report import Report
from corral.suites.rows import RowDefaults

FieldPairs: TypeAlias = tuple[tuple[str, str], ...]


def field_pairs(lines: Iterable[str]) -> FieldPairs:
    """The pairs of lines like `input=question`; empty lines are passed over.

    Raises:
        SuiteRefused: some line is no pair, each named.
    """
    pairs = [line.partition("=") for line in lines if line.strip()]
    bad = [key.strip() for key, sign, name in pairs if not (sign and key.strip() and name.strip())]
    if bad:
        raise SuiteRefused([f"“{part}” is no pair like input=question." for part in bad])
    return tuple((key.strip(), name.strip()) for key, _, name in pairs)


def mapped_source_of(path: Path, pairs: FieldPairs, scorer: str) -> MappedSource:
    """How to read the file by the map.

    Raises:
        ProjectRefused: every problem of the map at once.
    """
    report = Report()
    head = head_for(path)
    defaults = RowDefaults(scorer=scorer or None)
    named = Head(head.slug, head.name, head.description, head.licence, head.source, defaults)
    source = mapped_source(SuiteFile(named, "mapped", (path.name,), _section(pairs)), report)
    _refuse(report, scorer)
    return source


def _section(pairs: FieldPairs) -> dict[str, object]:
    """The section [fields] that the pairs would be in a suite.toml."""
    section: dict[str, object] = {}
    for key, name in pairs:
        table, dot, inner = key.partition(".")
        held = section.setdefault(table, [] if key == "tags" else {} if dot else name)
        if isinstance(held, list):
            held.append(name)
        elif isinstance(held, dict):
            held[inner] = name
        elif held != name:
            raise SuiteRefused([f"The map says “{key}” twice."])
    return section


def _refuse(report: Report, scorer: str) -> None:
    """Its sentences speak of a suite.toml; who gave a map has none."""
    said = [problem.replace("suite.toml: [fields] ", "The map: ") for problem in report.problems]
    if not scorer:
        said = [one for one in said if "[defaults] scorer" not in one]
        said.append("The map needs a scorer: name one, as exact or includes.")
    if said:
        raise SuiteRefused(said)
