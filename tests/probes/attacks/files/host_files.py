"""Reads files of the host: passwords, homes, the platform's state, by their paths."""

import os
from functools import partial

from tests.probes.inside import Facts, read, tried

HELD_BY = ("mounts",)
PLACES = ("/root", "/home", "/var", "/srv", "/run", "/mnt", "/boot", "/media")


def attempt(facts: Facts) -> str:
    files = (facts["secret_file"], "/etc/shadow", "/etc/machine-id", "/proc/2000000/environ")
    return tried(
        {path: partial(read, path) for path in files}
        | {place: partial(os.listdir, place) for place in PLACES}
    )
