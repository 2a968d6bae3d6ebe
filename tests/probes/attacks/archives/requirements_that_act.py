"""Hands in requirements that have an installer read files, run a build, or ask somebody else."""

from tests.corral.project.archives import FILES, zipped
from tests.probes.seen import Seen

HELD_BY = ("archive", "environments")
LINES = (
    *("-e .", "-r /etc/passwd", "-c ../secret", "--index-url http://127.0.0.1:9/", "./local"),
    *("evil @ file:///etc/passwd", "git+https://127.0.0.1/x", "a\\", "--hash=sha256:0", "${HOME}"),
    *("numpy --config-settings=x=y", "nu\0mpy", "-\u200be ."),
)


def archive() -> bytes:
    return zipped({**FILES, "requirements.txt": "\n".join(LINES).encode()})


def contained(seen: Seen) -> bool:
    """Each line is refused by its number."""
    numbers = range(1, len(LINES) + 1)
    return all(f"requirements.txt, line {number}:" in seen.refusal for number in numbers)
