"""Files as rows: JSONL, JSON, CSV and Parquet, chosen by a file's ending."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from corral.json_types import Json, JsonObject
from corral.suites.files import SuiteFiles
from corral.suites.json_text import NotJson, elements, is_list, parse
from corral.suites.parquet import parquet_rows
from corral.suites.report import Report

Rows: TypeAlias = Iterator[tuple[str, JsonObject]]

MAX_ROWS = 200_000
MAX_LINE = 10_000_000


def rows_of(files: SuiteFiles, name: str, report: Report, *, within: str | None = None) -> Rows:
    """Every row of a file with where it is, "data.jsonl line 3"; problems go into the report.

    `within` names the field of a JSON object that holds the list of rows. At most 200,000 rows.
    """
    for count, row in enumerate(_unbounded(files, name, report, within), start=1):
        if count > MAX_ROWS:
            report.add(name, f"has more than {MAX_ROWS:,} rows.")
            return
        yield row


def ending_of(name: str) -> str:
    """What tells how a file is read, without .gz; "" where there is none."""
    match = re.search(r"(\.[a-z]+)(?:\.gz)?$", name)
    return match[1] if match else ""


def _unbounded(files: SuiteFiles, name: str, report: Report, within: str | None) -> Rows:
    ending = ending_of(name)
    if ending == ".parquet":
        data = files.data(name)
        return iter(()) if data is None else parquet_rows(data, name, report)
    if ending not in _TEXT_READERS:
        report.add(name, f"must end in one of: {', '.join(ENDINGS)}, or such a one and .gz.")
        return iter(())
    text = files.text(name)
    if text is None:
        return iter(())
    if within is not None:
        return _listed_rows(text, name, report, within)
    return _TEXT_READERS[ending](text, name, report)


def jsonl_rows(text: str, name: str, report: Report) -> Rows:
    """Every object of a JSONL text with where it is; blank lines are passed over."""
    for number, line in enumerate(text.split("\n"), start=1):
        where = f"{name} line {number}"
        if len(line) > MAX_LINE:
            report.add(where, f"is longer than {MAX_LINE:,} characters.")
        elif line.strip():
            try:
                yield from _objects(where, parse(line), report)
            except NotJson as broken:
                report.add(where, str(broken))


def json_rows(text: str, name: str, report: Report) -> Rows:
    """Every object of a JSON array, told by the line that it begins on; what is none is JSONL."""
    if not is_list(text):
        yield from jsonl_rows(text, name, report)
        return
    where = f"{name} line 1"
    try:
        for line, value in elements(text):
            where = f"{name} line {line}"
            yield from _objects(where, value, report)
    except NotJson as broken:
        report.add(f"{name}, in or after line {where.rpartition(' ')[2]}", str(broken))


def csv_rows(text: str, name: str, report: Report) -> Rows:
    """Every line of a CSV text by its header; all values are texts."""
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


def _listed_rows(text: str, name: str, report: Report, within: str) -> Rows:
    try:
        whole = parse(text)
    except NotJson as broken:
        report.add(name, str(broken))
        return
    listed = whole.get(within) if isinstance(whole, dict) else None
    if not isinstance(listed, list):
        report.add(name, f'must be a JSON object with a list in "{within}".')
        return
    for number, row in enumerate(listed, start=1):
        yield from _objects(f"{name} {within} {number}", row, report)


def _objects(where: str, value: Json, report: Report) -> Rows:
    """The one row that a value is; none, and a problem, if it is no object."""
    if isinstance(value, dict):
        yield where, value
    else:
        report.add(where, "must be a JSON object.")


_TEXT_READERS: Mapping[str, Callable[[str, str, Report], Rows]] = MappingProxyType(
    {".jsonl": jsonl_rows, ".json": json_rows, ".csv": csv_rows}
)
ENDINGS = (*_TEXT_READERS, ".parquet")
