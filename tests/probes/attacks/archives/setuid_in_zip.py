"""Hands in a zip with a setuid program."""

import stat

from tests.corral.project.archives import zipped_with
from tests.probes.seen import Seen

HELD_BY = ("archive",)


def archive() -> bytes:
    return zipped_with(stat.S_IFREG | 0o6777, "program", b"#!/bin/sh\nid -u\n")


def contained(seen: Seen) -> bool:
    """It may be accepted: unpacked, it is an ordinary file."""
    modes = {stat.S_IMODE(mode) for mode in seen.facts["modes"].values()}
    return modes <= {0o644, 0o755} and (bool(modes) or bool(seen.refusal))
