"""Small files of the formats that suites come in, written for the tests."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from corral.errors import ProjectRefused
from corral.suites.base import LoadedSuite


def write_rows(path: Path, *rows: Mapping[str, object]) -> Path:
    """Rows as JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def problems_of(load: Callable[[Path], LoadedSuite], path: Path) -> list[str]:
    """The problems that a loader refuses a path for."""
    with pytest.raises(ProjectRefused) as refused:
        load(path)
    return refused.value.problems
