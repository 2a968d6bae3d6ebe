"""Progress for the person at the terminal; on standard error, where it disturbs no output."""

import sys
from contextlib import suppress


def say(line: str) -> None:
    """Write one line; a terminal that is gone must not keep us from stopping what we started."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)
