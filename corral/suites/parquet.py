"""Parquet files as rows, read by pyarrow in small batches, so that none can grow without bound."""

import math
from collections.abc import Iterator
from typing import cast

from corral.json_types import Json, JsonObject
from corral.suites.files import MAX_FILE_BYTES
from corral.suites.report import Report

_BATCH = 64
_TOO_LARGE = f"unpacked is larger than {MAX_FILE_BYTES // 1_000_000} MB."


class _NoJson(ValueError):
    pass


def parquet_rows(data: bytes, name: str, report: Report) -> Iterator[tuple[str, JsonObject]]:
    """Every row of a Parquet file with where it is, "data.parquet row 3".

    Texts, numbers, true and false, lists and objects of them are understood; a date, bytes or a
    decimal number is a problem that names its field.
    """
    import pyarrow

    try:
        yield from _rows(data, name, report)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines() or ["it is broken"]
        report.add(name, f"is not Parquet: {reason[0].rstrip('.')}.")


def _rows(data: bytes, name: str, report: Report) -> Iterator[tuple[str, JsonObject]]:
    # Only who reads such a file pays for loading the library.
    import pyarrow
    from pyarrow import parquet

    number, unpacked = 0, 0
    file = parquet.ParquetFile(pyarrow.BufferReader(data))
    names = file.schema_arrow.names
    if len(set(names)) != len(names):
        report.add(name, "names a field twice.")
        return
    for batch in file.iter_batches(batch_size=_BATCH):
        unpacked += batch.nbytes
        if unpacked > MAX_FILE_BYTES:
            report.add(name, _TOO_LARGE)
            return
        for row in batch.to_pylist():
            number += 1
            where = f"{name} row {number}"
            try:
                yield where, {key: _json(value, key) for key, value in row.items()}
            except _NoJson as broken:
                report.add(where, str(broken))


def _json(value: object, name: str) -> Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list):
        return [_json(part, name) for part in value]
    if isinstance(value, dict):
        parts = cast("dict[str, object]", value)
        return {key: _json(part, f"{name}.{key}") for key, part in parts.items()}
    kind = f"{value}" if isinstance(value, float) else f"a value of the type {type(value).__name__}"
    raise _NoJson(f'"{name}" holds {kind}, which is not JSON.')
