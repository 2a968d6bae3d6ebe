"""Queued: a run for an accepted submission."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from catalogue.models import Task
from corral.policy import Policy
from corral.sandbox.limits import MIB, Limits
from corral.suites.base import Split
from evaluation.domain.transitions import log_transition
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
    policy = policy_of(submission)
    version_id = submission.track.suite_version_id
    tasks = Task.objects.filter(suite_version_id=version_id)
    with transaction.atomic():
        run, created = Run.objects.get_or_create(
            submission=submission,
            suite_version_id=version_id,
            defaults={
                "policy": policy.as_json(),
                "policy_digest": policy.digest(),
                "queued_at": Now(),
                "available_at": Now(),
                "public_total": tasks.filter(split=Split.PUBLIC).count(),
                "private_total": tasks.filter(split=Split.PRIVATE).count(),
            },
        )
        if created:
            log_transition(run_id=run.pk)
    return run
