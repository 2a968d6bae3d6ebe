"""The disk of a worker: what dead attempts left on it goes, and a full one takes no runs."""

import logging
import re
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections

from evaluation.domain.transitions import HELD
from evaluation.models import Run

log = logging.getLogger(__name__)
FOLDER = re.compile(r"([0-9a-f]{12})-([0-9]{1,5})")
SWEEP_SECONDS = 600.0
TELL_SECONDS = 60.0
UNKNOWN_SECONDS = 86_400.0
MB = 1024 * 1024


def sweep_leftovers() -> int:
    """Remove the folders of attempts that are over, of any worker on this machine; how many.

    The folders are listed before PostgreSQL is asked: whatever is found had been claimed by then.
    """
    found = [entry for entry in _entries() if FOLDER.fullmatch(entry.name)]
    over = [folder for folder in found if _is_over(folder)]
    for folder in over:
        shutil.rmtree(folder, ignore_errors=True)
    if over:
        log.info("Removed what %s dead attempts had left on this machine.", len(over))
    return len(over)


def _entries() -> list[Path]:
    runs: Path = settings.RUNS_ROOT
    return [entry for entry in runs.iterdir() if entry.is_dir()] if runs.is_dir() else []


def _is_over(folder: Path) -> bool:
    """Whether no attempt of that name can record anything any more.

    A run that PostgreSQL does not know may be another platform's on this machine: it has a day.
    """
    start, _, attempt = folder.name.partition("-")
    first, last = UUID(start + "0" * 20), UUID(start + "f" * 20)
    known = Run.objects.filter(pk__gte=first, pk__lte=last)
    if not known.exists():
        return _age(folder) > UNKNOWN_SECONDS
    return not known.filter(HELD, attempt=int(attempt)).exists()


def _age(folder: Path) -> float:
    """Seconds since it was made; 0 where it has just gone."""
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def sweep_at_start() -> None:
    """The same, for a worker that starts, whether PostgreSQL is there yet or not."""
    try:
        sweep_leftovers()
    except DatabaseError as error:
        log.warning("What dead attempts left is removed later: %s", error)
    finally:
        connections.close_all()  # its children must not share a connection


def free_bytes() -> int:
    """On the fuller of the disks that hold attempts, and what sandboxes share."""
    return min(shutil.disk_usage(_existing(folder)).free for folder in _folders())


def _folders() -> tuple[Path, Path]:
    return settings.RUNS_ROOT, settings.STATE


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


@dataclass
class Disk:
    """What this process remembers of its machine's disk; seconds of time.monotonic()."""

    swept_at: float | None = field(default=None)
    told_at: float | None = field(default=None)

    def has_room(self) -> bool:
        """Whether a run may be taken: so much is free, at the latest once leftovers are removed."""
        if _long_ago(self.swept_at, SWEEP_SECONDS):
            self._sweep()
        if free_bytes() >= settings.WORKER_FREE_MB * MB:
            return True
        self._sweep()
        return free_bytes() >= settings.WORKER_FREE_MB * MB or self._tell()

    def _sweep(self) -> None:
        self.swept_at = time.monotonic()
        sweep_leftovers()

    def _tell(self) -> bool:
        """Say once a minute why nothing is taken."""
        if _long_ago(self.told_at, TELL_SECONDS):
            self.told_at = time.monotonic()
            log.error(
                "This worker takes no runs: %s MB are free under %s, and WORKER_FREE_MB is %s.",
                free_bytes() // MB,
                " and ".join(map(str, _folders())),
                settings.WORKER_FREE_MB,
            )
        return False


def _long_ago(moment: float | None, seconds: float) -> bool:
    return moment is None or time.monotonic() - moment > seconds


this_disk = Disk()
