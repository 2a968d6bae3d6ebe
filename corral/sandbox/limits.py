"""What one sandbox may use."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one sandbox; bytes, seconds and counts. Enforced from outside wherever possible."""

    memory_bytes: int = 1024 * MIB
    pids: int = 64
    open_files: int = 256
    scratch_bytes: int = 64 * MIB
    wall_seconds: float = 600.0
    cpu_seconds: int = 600
    cpus: float = 1.0  # processors' worth of time, at any moment
    answer_bytes: int = 256 * 1024  # one line on stdout
    output_bytes: int = 16 * MIB  # all of stdout
    log_bytes: int = 64 * 1024  # of stderr: so much of the head, and so much of the tail
