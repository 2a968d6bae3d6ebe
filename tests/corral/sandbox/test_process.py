"""How an end is understood; the report may be anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.sandbox.base import Exit
from corral.sandbox.process import understand


@pytest.mark.parametrize(
    ("report", "returncode", "expected"),
    [
        (b"exit 0\n", 0, Exit(0, None)),
        (b"exit 137\n", 137, Exit(137, None)),
        (b"signal 9\n", 137, Exit(None, 9)),
        (b"", -9, Exit(None, 9)),
        (b"", 137, Exit(None, 9)),
        (b"", 1, Exit(1, None)),
        (b"exit 99999\n", 0, Exit(0, None)),
        ("exit ²\n".encode(), 0, Exit(0, None)),
    ],
)
def test_end_is_understood(report: bytes, returncode: int, expected: Exit) -> None:
    assert understand(report, returncode, out_of_memory=False) == expected


@given(st.binary(), st.integers(-64, 255), st.booleans())
def test_any_report_gives_an_end(report: bytes, returncode: int, out_of_memory: bool) -> None:
    end = understand(report, returncode, out_of_memory)
    assert (end.status is None) != (end.signal is None)
    assert end.out_of_memory is out_of_memory
