"""Has a library loaded into every program: ld.so.preload, and LD_PRELOAD for a setuid file."""

import os
import subprocess

from tests.probes.inside import Facts, Harmless, make, tried, write

HELD_BY = ("mounts", "uid")


def preload_su() -> None:
    done = subprocess.run(
        ["/bin/su", "-c", "id -u"],
        env={"LD_PRELOAD": "/tmp/library.so"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=10,
        check=False,
    )
    if done.stdout.strip() != b"0":
        raise Harmless("did not become root")


def attempt(facts: Facts) -> str:
    return tried(
        {
            "/etc/ld.so.preload": make("/etc/ld.so.preload"),
            "/etc/ld.so.cache": lambda: write("/etc/ld.so.cache", b"x"),
            "/etc/passwd": lambda: write("/etc/passwd", b"x", os.O_APPEND),
            "su": preload_su,
        }
    )
