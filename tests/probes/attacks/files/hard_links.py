"""Makes hard links to the system's files, to change them or to keep them."""

import os
from functools import partial

from tests.probes.inside import Facts, tried

HELD_BY = ("mounts",)
SOURCES = ("/usr/bin/env", "/etc/passwd", "/project/main.py", "/corral/library", "/proc/self/exe")


def attempt(facts: Facts) -> str:
    return tried(
        {path: partial(os.link, path, "/tmp/linked") for path in SOURCES}
        | {"into /etc": lambda: os.link("/tmp/a", "/etc/a")}
    )
