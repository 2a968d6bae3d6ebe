"""Queued: a run for an accepted submission."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from catalogue.models import Task
from corral.policy import Policy
from corral.sandbox.limits import MIB, Limits
from corral.suites.base import Split
from evaluation.domain.line import line_of
from evaluation.domain.transitions import log_new
from evaluation.enums import ENDED
from evaluation.errors import NotEnded
from evaluation.models import Run
from submissions.models import Submission


def policy_of(submission: Submission) -> Policy:
    """What a run of the submission may do, as its track says now."""
    track = submission.track
    return Policy(
        model=submission.model.slug,
        model_sha256=submission.model.weights_sha256,
        limits=Limits(
            memory_bytes=track.memory_mb * MIB,
            scratch_bytes=track.scratch_mb * MIB,
            pids=track.processes,
            wall_seconds=track.run_seconds,
            cpu_seconds=max(1, int(track.run_seconds)),
        ),
        task_seconds=track.task_seconds,
        token_budget=track.token_budget,
        call_budget=track.call_budget,
        rules=track.call_rules,
    )


def enqueue_run(*, submission_id: UUID) -> Run:
    """Queue the run of a submission against its track's suite version; the same one every time.

    Raises:
        Submission.DoesNotExist: there is no such submission.
    """
    submission = Submission.objects.select_related("track__hackathon", "model").get(
        pk=submission_id
    )
    with transaction.atomic():
        run, created = Run.objects.get_or_create(
            submission=submission, counts=True, defaults=fields_of_run(submission)
        )
        if created:
            log_new(run=run)
    return run


def run_again(*, run: Run, reason: str) -> Run:
    """Queue a new run in the place of one that has ended; that one stays, and counts no more.

    Raises:
        NotEnded: it is still going on, or another has taken its place.
    """
    submission = Submission.objects.select_related("track__hackathon", "model").get(
        pk=run.submission_id
    )
    with transaction.atomic():
        ended = Run.objects.filter(pk=run.pk, counts=True, state__in=sorted(ENDED))
        if not ended.update(counts=False, counts_until=Now()):
            raise NotEnded("This run has not ended, or another has taken its place.")
        new = Run.objects.create(submission=submission, reason=reason, **fields_of_run(submission))
        log_new(run=new)
    return new


def fields_of_run(submission: Submission) -> dict[str, Any]:
    """A new run of the submission, as its track says now."""
    policy, version_id = policy_of(submission), submission.track.suite_version_id
    tasks = Task.objects.filter(suite_version_id=version_id)
    return {
        "suite_version_id": version_id,
        "line": line_of(submission),
        "policy": policy.as_json(),
        "policy_digest": policy.digest(),
        "queued_at": Now(),
        "available_at": Now(),
        "public_total": tasks.filter(split=Split.PUBLIC).count(),
        "private_total": tasks.filter(split=Split.PRIVATE).count(),
    }
