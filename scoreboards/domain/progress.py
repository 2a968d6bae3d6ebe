"""How far evaluations are: told as they go, never stored, and never to spectators of a freeze."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from evaluation.enums import ENDED
from evaluation.models import Run
from hackathons.enums import Audience
from hackathons.models import Track
from scoreboards.domain.boards import BoardMessage, channel_of


def progress_payload(run: Run, audience: Audience) -> dict[str, Any]:
    """How far a run is; spectators learn nothing of single private tasks, not even their number.

    A project could else tell its team of a private task by how long it takes to answer.
    """
    judges = audience == Audience.JUDGES
    return {
        "type": "progress",
        "team": run.submission.team.slug,
        "number": run.submission.number,
        "state": run.state,
        "done": run.public_done + (run.private_done if judges else 0),
        "total": run.public_total + (run.private_total if judges else 0),
        "ended": run.ended,
    }


def progress_messages(*, run_id: UUID) -> list[BoardMessage]:
    """What to push when a run moved on: to judges, and to spectators unless the board is frozen."""
    run = (
        Run.objects.select_related("submission__team", "submission__track__hackathon")
        .filter(pk=run_id)
        .first()
    )
    if run is None or not run.counts or not _is_current(run, run.submission.track):
        return []
    track = run.submission.track
    return [
        BoardMessage(channel_of(track.pk, audience), progress_payload(run, audience))
        for audience in audiences_of_progress(track)
    ]


def _is_current(run: Run, track: Track) -> bool:
    return run.suite_version_id == track.suite_version_id


def audiences_of_progress(track: Track) -> list[Audience]:
    """Who may know now that something is being evaluated."""
    if track.hackathon.is_frozen(timezone.now()):
        return [Audience.JUDGES]
    return list(Audience)


def activity_of(track: Track, audience: Audience) -> Sequence[dict[str, Any]]:
    """Every run of the track that has not ended, as progress."""
    if audience not in audiences_of_progress(track):
        return []
    runs = (
        Run.objects.select_related("submission__team")
        .filter(submission__track=track, suite_version=track.suite_version_id, counts=True)
        .exclude(state__in=sorted(ENDED))
        .order_by("queued_at", "pk")
    )
    return [progress_payload(run, audience) for run in runs]
