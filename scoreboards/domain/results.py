"""What a board is built from, read in three queries however many teams there are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FilteredRelation, Q

from catalogue.models import Task
from corral.suites.base import Split
from evaluation.domain.shadow import shadows_of
from evaluation.domain.standing import stood_at
from evaluation.enums import ENDED, RunState
from evaluation.models import Reevaluation
from hackathons.models import Track
from scoreboards.domain.entries import Result
from scoreboards.domain.ranking import Score
from submissions.models import Submission

WITHOUT_SCORE = (RunState.FAILED, RunState.ERRORED, RunState.CANCELLED)
SUBMISSION_FIELDS = ("team__slug", "team__name", "number", "is_final")
RUN_FIELDS = (
    "id",
    "state",
    "reason",
    "started_at",
    "reached_at",
    "ended_at",
    "public_score",
    "public_stderr",
    "private_score",
    "private_stderr",
    "prompt_tokens",
    "completion_tokens",
    "calls",
    "sandbox_seconds",
)


def track_of(track_id: UUID) -> Track | None:
    """The track with its suite version and its hackathon with all extensions."""
    tracks = Track.objects.select_related("hackathon", "suite_version")
    tracks = tracks.prefetch_related("hackathon__extensions")
    return tracks.filter(pk=track_id).first()


def has_private_tasks(track: Track) -> bool:
    """Whether there is a private score at all."""
    return Task.objects.filter(
        suite_version=track.suite_version_id, split=Split.PRIVATE.value
    ).exists()


def results_of(track: Track, *, until: datetime | None = None) -> list[Result]:
    """Every submission to the track with the run that counts; while `until` freezes, that did.

    A score against another suite version than the track's counts as none: a run against that one
    is about to take its place.
    """
    counts = Q(runs__counts=True) & (
        Q(runs__suite_version=track.suite_version_id) | Q(runs__state__in=WITHOUT_SCORE)
    )
    stands = stood_at(until, "runs__") if until else counts
    rows = (
        Submission.objects.filter(track=track)
        .annotate(run=FilteredRelation("runs", condition=stands))
        .order_by("team", "number")
        .values(*SUBMISSION_FIELDS, *(f"run__{field}" for field in RUN_FIELDS))
    )
    return [_result(row) for row in rows]


def replacing_results(reevaluation: Reevaluation) -> dict[tuple[str, int], Result]:
    """What would count by a re-evaluation, as far as it has ended, by team and number."""
    taking = [one.run_id for one in shadows_of(reevaluation) if one.takes_place]
    rows = (
        Submission.objects.filter(track=reevaluation.track_id)
        .annotate(run=FilteredRelation("runs", condition=Q(runs__in=taking)))
        .filter(run__state__in=sorted(ENDED))
        .values(*SUBMISSION_FIELDS, *(f"run__{field}" for field in RUN_FIELDS))
    )
    found = [_result(row) for row in rows]
    return {(result.team, result.number): result for result in found}


def _result(row: Mapping[str, Any]) -> Result:
    return Result(
        team=row["team__slug"],
        team_name=row["team__name"],
        number=row["number"],
        is_final=row["is_final"],
        state=row["run__state"] or RunState.QUEUED.value,
        reason=row["run__reason"] or "",
        ended_at=_dated(row) if row["run__state"] in ENDED else None,
        public=_score(row["run__public_score"], row["run__public_stderr"]),
        private=_score(row["run__private_score"], row["run__private_stderr"]),
        tokens=(row["run__prompt_tokens"] or 0) + (row["run__completion_tokens"] or 0),
        calls=row["run__calls"] or 0,
        seconds=_seconds(row["run__sandbox_seconds"], row["run__started_at"], row["run__ended_at"]),
        run=row["run__id"],
    )


def _dated(row: Mapping[str, Any]) -> datetime | None:
    """When it ended; of a re-evaluation, when what it replaced did: nobody loses the lead by it."""
    dated: datetime | None = row["run__reached_at"] or row["run__ended_at"]
    return dated


def _score(value: float | None, stderr: float | None) -> Score | None:
    return None if value is None else Score(value, stderr)


def _seconds(sandbox: float | None, started: datetime | None, ended: datetime | None) -> float:
    """Time in the sandbox; of a project that needs none, from its start to its end."""
    if sandbox:
        return sandbox
    return (ended - started).total_seconds() if started and ended else 0.0
