"""Boards with rows of the kind that evaluations leave behind."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.models import Team, Track
from tests.factories import RunFactory, SubmissionFactory, TrackFactory

HandIn = Callable[..., Run]


@pytest.fixture
def track(db: None) -> Track:
    """A track of a live hackathon with two public tasks and a private one."""
    made: Track = TrackFactory()
    return made


def hand_in(team: Team, track: Track, score: float | None = None, **run: Any) -> Run:
    """A submission with a run: scored where a score is given, else as `run` says."""
    at: datetime = run.pop("at", None) or timezone.now()
    final = run.pop("is_final", False)
    submission = SubmissionFactory(team=team, track=track, submitted_at=at, is_final=final)
    if score is not None:
        run |= {"state": RunState.SCORED, "public_score": score, "ended_at": at}
        run.setdefault("private_score", score)
    made: Run = RunFactory(submission=submission, **run)
    return made
