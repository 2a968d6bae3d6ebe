"""The live topic of a run: who may listen, and what every one of them may hear.

All who may see the run at all share one channel, so a message holds counts and states only:
neither scores nor verdicts, and of the private tasks no number.
"""

from uuid import UUID

from django.utils import timezone

from evaluation.domain.queries import private_part, runs_with_everything
from evaluation.models import Run, RunEvent
from evaluation.rules import Sight, sight_of
from hackathons.rules import Person


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


def since(channel: str, version: int) -> None:
    """A run is so small that there are no deltas: always the snapshot."""
    return


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
