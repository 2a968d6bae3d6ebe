"""Boards with rows of the kind that evaluations leave behind."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.models import Team, Track
from tests.factories import (
    HackathonFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TaskResultFactory,
    TrackFactory,
)

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


def broad_track(tasks: int = 12, **hackathon: Any) -> Track:
    """A track with so many public tasks, and as many private ones."""
    version = SuiteVersionFactory(public=tasks, private=tasks)
    made: Track = TrackFactory(hackathon=HackathonFactory(**hackathon), suite_version=version)
    return made


def solve(team: Team, track: Track, public: int, private: int = 0, **run: Any) -> Run:
    """A run that solved so many tasks of each split, with its results and scores.

    It solved those first in the suite, but for the first `offset` ones; of the last `unanswered`
    tasks it has no result at all.
    """
    offset, unanswered = run.pop("offset", 0), run.pop("unanswered", 0)
    tasks = list(track.suite_version.tasks.order_by("position"))
    ordered = {split: [task for task in tasks if task.split == split.value] for split in Split}
    share = public / len(ordered[Split.PUBLIC])
    run.setdefault("private_score", private / max(1, len(ordered[Split.PRIVATE])))
    made = hand_in(team, track, share, **run)
    for split, solved in ((Split.PUBLIC, public), (Split.PRIVATE, private)):
        answered = ordered[split][: len(ordered[split]) - unanswered]
        right = {task.pk for task in ordered[split][offset : offset + solved]}
        for task in answered:
            verdict = Verdict.CORRECT if task.pk in right else Verdict.WRONG
            TaskResultFactory(run=made, task=task, verdict=verdict.value)
    return made
