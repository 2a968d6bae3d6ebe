"""What is left to do once a re-evaluation is open or decided; the sweep goes on with it."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from evaluation.domain.endings import end_cancelled
from evaluation.domain.enqueue import run_again
from evaluation.domain.shadow import add_missing
from evaluation.enums import ENDED, ReevaluationState, RunState
from evaluation.errors import NotEnded
from evaluation.models import Reevaluation, Run

log = logging.getLogger(__name__)
BATCH = 500
UNENDED = sorted(set(RunState) - ENDED)
# A submission may have been queued against the version of before while another was applied.
WATCHED = timedelta(days=1)


def follow_reevaluations() -> int:
    """Add to open ones, and finish what decided ones left; how many runs that concerned."""
    still_open = Reevaluation.objects.filter(state=ReevaluationState.EVALUATING)
    followed = sum(_added(pk) for pk in still_open.values_list("pk", flat=True))
    undone = Reevaluation.objects.filter(
        decided_at__isnull=False, runs__state__in=UNENDED, runs__reevaluation__isnull=False
    )
    lately = Reevaluation.objects.filter(
        state=ReevaluationState.APPLIED, decided_at__gt=Now() - WATCHED
    )
    for decided in undone.distinct() | lately.distinct():
        followed += follow_decision(decided)
    return followed


def _added(reevaluation_id: UUID) -> int:
    """One that can't be added to must not keep the rest of the sweep from its work."""
    try:
        return add_missing(reevaluation_id=reevaluation_id)
    except Exception:
        log.exception("Re-evaluation %s can't be added to.", reevaluation_id)
        return 0


def follow_decision(decided: Reevaluation) -> int:
    """Stop its runs that nobody needs any more, and begin anew what missed the new version."""
    reason = f"The re-evaluation was {decided.get_state_display().lower()} without it."
    left = Run.objects.filter(reevaluation=decided, state__in=UNENDED)[:BATCH]
    stopped = sum(
        end_cancelled(run_id=run.pk, attempt=run.attempt, reason=reason, charged=False)
        for run in left
    )
    return stopped + sum(map(_begin_anew, _missed(decided)))


def _missed(decided: Reevaluation) -> list[Run]:
    """Runs that count against the version of before, and are going or have a score."""
    if decided.state != ReevaluationState.APPLIED:
        return []
    old = Run.objects.filter(
        submission__track=decided.track_id,
        submission__track__suite_version=decided.suite_version_id,
        counts=True,
        state__in=[*UNENDED, RunState.SCORED],
    ).exclude(suite_version=F("submission__track__suite_version"))
    return list(old[:BATCH])


def _begin_anew(run: Run) -> bool:
    """Queue a run against the track's present version in its place, unless it has just moved."""
    reason = "The organizers changed the task suite; queued again for the new version."
    try:
        with transaction.atomic():
            if not run.ended and not end_cancelled(
                run_id=run.pk, attempt=run.attempt, reason=reason, charged=False
            ):
                return False
            run_again(run=run, reason=reason)
    except NotEnded:
        return False
    except Exception:  # one that can't be queued must not keep all others from being healed
        log.exception("Run %s can't be replaced.", run.pk)
        return False
    return True
