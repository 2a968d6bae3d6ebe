"""Which run stood for its submission at a moment: what a freeze froze, whatever came since."""

from datetime import datetime

from django.db.models import Q, QuerySet

from evaluation.models import Run
from hackathons.models import Hackathon

# Of a re-evaluation that has not been applied: there for judges and organizers alone.
SHADOW = Q(reevaluation__isnull=False, counts_since__isnull=True)


def stood_at(moment: datetime, prefix: str = "") -> Q:
    """The one run of each submission, if any, that counted at that moment.

    `prefix` is the way to the runs, "runs__" from a submission.
    """
    counted = Q((f"{prefix}counts", True)) | Q((f"{prefix}counts_until__gte", moment))
    begun = Q((f"{prefix}counts_since", None)) | Q((f"{prefix}counts_since__lt", moment))
    return counted & begun & Q((f"{prefix}queued_at__lt", moment))


def standing_runs(hackathon: Hackathon, at: datetime) -> QuerySet[Run]:
    """The runs that count for whom the freeze holds: while it does, those that had ended before."""
    until = hackathon.scoreboard_freezes_at
    if until is None or not hackathon.is_frozen(at):
        return Run.objects.filter(counts=True)
    return Run.objects.filter(stood_at(until), ended_at__lt=until)
