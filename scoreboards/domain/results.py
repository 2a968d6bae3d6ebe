"""What a board is built from, read in three queries however many teams there are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FilteredRelation, Q

from catalogue.models import Task
from corral.suites.base import Split
from evaluation.enums import ENDED, RunState
from hackathons.models import Track
from scoreboards.domain.entries import Result
from scoreboards.domain.ranking import Score
from submissions.models import Submission

SUBMISSION_FIELDS = ("team__slug", "team__name", "number", "is_final")
RUN_FIELDS = (
    "state",
    "reason",
    "started_at",
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


def results_of(track: Track) -> list[Result]:
    """Every submission to the track with its run against the track's suite version."""
    this_version = Q(runs__suite_version=track.suite_version_id, runs__counts=True)
    rows = (
        Submission.objects.filter(track=track)
        .annotate(run=FilteredRelation("runs", condition=this_version))
        .order_by("team", "number")
        .values(*SUBMISSION_FIELDS, *(f"run__{field}" for field in RUN_FIELDS))
    )
    return [_result(row) for row in rows]


def _result(row: Mapping[str, Any]) -> Result:
    return Result(
        team=row["team__slug"],
        team_name=row["team__name"],
        number=row["number"],
        is_final=row["is_final"],
        state=row["run__state"] or RunState.QUEUED.value,
        reason=row["run__reason"] or "",
        ended_at=row["run__ended_at"] if row["run__state"] in ENDED else None,
        public=_score(row["run__public_score"], row["run__public_stderr"]),
        private=_score(row["run__private_score"], row["run__private_stderr"]),
        tokens=(row["run__prompt_tokens"] or 0) + (row["run__completion_tokens"] or 0),
        calls=row["run__calls"] or 0,
        seconds=_seconds(row["run__sandbox_seconds"], row["run__started_at"], row["run__ended_at"]),
    )


def _score(value: float | None, stderr: float | None) -> Score | None:
    return None if value is None else Score(value, stderr)


def _seconds(sandbox: float | None, started: datetime | None, ended: datetime | None) -> float:
    """Time in the sandbox; of a project that needs none, from its start to its end."""
    if sandbox:
        return sandbox
    return (ended - started).total_seconds() if started and ended else 0.0
