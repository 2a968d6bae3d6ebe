"""How an end is understood."""

import pytest

from corral.sandbox.base import Exit
from corral.sandbox.process import understand


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0, Exit(0, None)),
        (1, Exit(1, None)),
        (128, Exit(128, None)),
        (137, Exit(None, 9)),
        (200, Exit(200, None)),
        (255, Exit(255, None)),
        (-9, Exit(None, 9)),
        (None, Exit(None, 9)),
    ],
)
def test_end_is_understood(status: int | None, expected: Exit) -> None:
    assert understand(status, out_of_memory=False) == expected


def test_memory_that_ran_out_is_kept_whatever_the_status() -> None:
    assert understand(0, out_of_memory=True) == Exit(0, None, out_of_memory=True)
