"""The live topic of a run: who may listen, and what every one of them may hear.

All who may see the run at all share one channel, so a message holds counts and states only:
neither scores nor verdicts, and of the private tasks no number.
"""

import math
import threading
import time
from uuid import UUID

from django.utils import timezone

from evaluation.domain.hall import Hall, read_hall
from evaluation.domain.places import Place, places_of
from evaluation.domain.queries import private_part, runs_with_everything
from evaluation.enums import RunState
from evaluation.models import Run, RunEvent
from evaluation.queue_text import place_text
from evaluation.rules import Sight, sight_of
from hackathons.rules import Person

HALL_SECONDS = 1.0


class _Remembered:
    """Who waits and who works, read at most once a second by this process for all who watch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at, self._hall = -math.inf, Hall((), (), frozenset())

    def now(self) -> Hall:
        with self._lock:
            if time.monotonic() - self._read_at > HALL_SECONDS:
                self._hall, self._read_at = read_hall(), time.monotonic()
            return self._hall


_hall = _Remembered()


def authorise(person: Person, key: str) -> str | None:
    """The channel of the run with that id, or None where the person may not know of it."""
    try:
        run = runs_with_everything().filter(pk=UUID(key)).first()
    except ValueError:
        return None
    if run is None or sight_of(person, run, timezone.now()) is Sight.NOTHING:
        return None
    return str(run.pk)


def snapshot(channel: str) -> dict[str, object]:
    """The run as it is now; `version` grows whenever anything of it changes."""
    run = Run.objects.filter(pk=UUID(channel)).first()
    return run_payload(run) if run else {"type": "run", "version": 0, "run": channel}


def since(channel: str, version: int) -> list[dict[str, object]] | None:
    """A run is so small that there are no deltas: the snapshot, if anything of it is newer.

    Else, while it waits, where it stands now: others move it, without a version, so whoever
    watches is told with each check.
    """
    run = Run.objects.select_related("line__hackathon").filter(pk=UUID(channel)).first()
    if run is None or run_payload(run)["version"] != version:
        return None
    return [queue_payload(run)] if run.state == RunState.QUEUED else []


def queue_payload(run: Run) -> dict[str, object]:
    """The message about a run that waits; of other teams it tells a number only."""
    now = timezone.now()
    place = places_of([run], at=now, hall=_hall.now()).get(run.pk, Place())
    zone = run.line.hackathon.time_zone
    text = place_text(place, at=now, time_zone=zone)
    return {"type": "queue", "run": str(run.pk), "long": text.long, "short": text.short}


def run_payload(run: Run) -> dict[str, object]:
    """The message about a run. The number of its events and done tasks never falls: a version."""
    events = RunEvent.objects.filter(run=run).count()
    return {
        "type": "run",
        "version": events + run.public_done,
        "run": str(run.pk),
        "state": run.state,
        "done": run.public_done,
        "total": run.public_total,
        "private": private_part(run).value,
        "ended": run.ended,
    }
