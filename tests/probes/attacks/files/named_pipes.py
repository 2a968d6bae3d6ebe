"""A named pipe in the project's folder as a way out, and in scratch as a place to hang for ever."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.probes.inside import Facts
from tests.probes.seen import Seen

HELD_BY = ("archive", "runner")
TASK_SECONDS = 3.0


def furnish(folder: Path, facts: Mapping[str, Any]) -> None:
    """As if an archive could bring one: the host's end must be nobody's."""
    os.mkfifo(folder / "pipe", 0o666)


def contained(seen: Seen) -> bool:
    return seen.verdicts == ["timeout"]


def attempt(facts: Facts) -> str:
    os.mkfifo("/tmp/pipe")
    for path in ("/project/pipe", "/tmp/pipe"):
        with suppress(OSError), open(path, "rb") as pipe:  # waits for a writer who never comes
            return f"ESCAPED: {pipe.read()!r}"
    return "ESCAPED: nobody waited"
