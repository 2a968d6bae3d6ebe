"""Cancelled: by its team, or by an organizer."""

from django.utils import timezone

from accounts.models import User
from evaluation.domain.endings import end_cancelled
from evaluation.domain.enqueue import run_again
from evaluation.errors import HasEnded, MayNot
from evaluation.models import Run
from evaluation.rules import may_cancel, may_run_again
from hackathons.rules import is_organizer

TRIES = 5


def cancel_run(*, run: Run, person: User) -> None:
    """End a run that waits or is going; what it has answered so far is kept.

    Raises:
        MayNot: the person is neither in its team nor an organizer.
        HasEnded: it ended before.
    """
    if not may_cancel(person, run):
        raise MayNot("Only the team and the organizers can cancel a run.")
    organizer = is_organizer(person, run.submission.track.hackathon)
    reason = f"Cancelled by {'the organizer ' if organizer else ''}{person.username}."
    for _ in range(TRIES):  # a worker may claim it between the two
        run.refresh_from_db(fields=["attempt"])
        if end_cancelled(run_id=run.pk, attempt=run.attempt, reason=reason, charged=not organizer):
            return
    raise HasEnded("This run has ended already.")


def repeat_run(*, run: Run, person: User) -> Run:
    """Queue a new run in the place of one that ended without a score.

    Raises:
        MayNot: it ended otherwise, or the person may not.
        NotEnded: it goes on, or another has its place.
    """
    if not may_run_again(person, run, timezone.now()):
        raise MayNot(
            "A team can run again, while submissions are open, what was cancelled before anything "
            "of it was answered. Organizers can run again whatever ended without a score."
        )
    return run_again(run=run, reason=f"Queued again by {person.username}.")
