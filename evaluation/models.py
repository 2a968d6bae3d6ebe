"""Runs, their attempts, and what they got for each task."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from catalogue.models import SuiteVersion, Task
from common.days import day_text
from common.models import UuidModel
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.enums import ACTIVE, ENDED, RunState
from evaluation.reevaluations import SHADOW_CONSTRAINTS, SHADOWS_OPEN, Shadowed
from evaluation.reevaluations import Reevaluation as Reevaluation
from evaluation.shares import Line as Line
from evaluation.shares import Share as Share
from evaluation.workers import Worker as Worker
from submissions.models import Submission


class Run(Shadowed, UuidModel):
    """One evaluation of one submission against one suite version under one policy.

    `attempt` is the fencing number: only the newest attempt, while it holds the lease, may record
    anything. Scores are 0 to 1; a missing one is null and `reason` says why.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="runs")
    suite_version = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="runs")
    policy = models.JSONField()
    policy_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    reason = models.TextField(blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField()
    available_at = models.DateTimeField(help_text="Not claimed before; later after a failed try.")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    public_total = models.PositiveIntegerField(default=0)
    public_done = models.PositiveIntegerField(default=0)
    private_total = models.PositiveIntegerField(default=0)
    private_done = models.PositiveIntegerField(default=0)
    public_score = models.FloatField(null=True, blank=True)
    public_stderr = models.FloatField(null=True, blank=True)
    private_score = models.FloatField(null=True, blank=True)
    private_stderr = models.FloatField(null=True, blank=True)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    reasoning_tokens = models.PositiveBigIntegerField(
        default=0, help_text="Of the completion tokens, as far as the model server tells."
    )
    calls = models.PositiveIntegerField(default=0)
    lost_tokens = models.PositiveBigIntegerField(
        default=0, help_text="Drawn by attempts that were lost; counted, since nobody knows."
    )
    lost_calls = models.PositiveIntegerField(default=0)
    sandbox_seconds = models.FloatField(default=0.0)
    shared_seconds = models.FloatField(
        default=0.0, help_text="Of the sandbox seconds, those in its team's and its event's shares."
    )
    degraded = models.BooleanField(
        default=False, help_text="Rlimits stood in for cgroups; every page of the run says so."
    )

    class Meta:
        ordering = ("-queued_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(counts=True), name="one_run_counts"
            ),
            *SHADOW_CONSTRAINTS,
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
            models.CheckConstraint(
                condition=(Q(state__in=sorted(ENDED)) & Q(ended_at__isnull=False))
                | (~Q(state__in=sorted(ENDED)) & Q(ended_at__isnull=True)),
                name="run_ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=sorted(ACTIVE)) & Q(lease_expires_at__isnull=False))
                | (~Q(state__in=sorted(ACTIVE)) & Q(lease_expires_at__isnull=True)),
                name="run_active_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(public_score__isnull=True) | Q(state=RunState.SCORED),
                name="run_score_only_when_scored",
            ),
            models.CheckConstraint(
                condition=(~Q(state__in=[RunState.FAILED, RunState.ERRORED])) | ~Q(reason=""),
                name="run_missing_score_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(public_done__lte=F("public_total"))
                & Q(private_done__lte=F("private_total")),
                name="run_done_within_total",
            ),
        ]
        indexes = [
            models.Index(
                fields=["line", "queued_at"], condition=Q(state="queued"), name="run_waiting"
            ),
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(state__in=["preparing", "running", "scoring"]),
                name="run_leases",
            ),
            SHADOWS_OPEN,
        ]

    def __str__(self) -> str:
        return f"Run of {self.submission}"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens


class Attempt(models.Model):
    """One try at a run by one worker; append-only but for its end.

    Defaults are the database's, too: a claim writes the row in the statement that takes the run.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    worker = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True, db_default="")
    reason = models.TextField(blank=True, db_default="")
    drawn_tokens = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        help_text="Set aside in the budgets of the team and the event, used or not.",
    )
    drawn_calls = models.PositiveIntegerField(default=0, db_default=0)
    used_tokens = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="What it used, as recorded."
    )
    used_calls = models.PositiveIntegerField(default=0, db_default=0)
    last_batch = models.UUIDField(
        null=True, editable=False, help_text="Of results; the same one is not recorded twice."
    )
    served = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="What the model server said when the attempt began.",
    )
    environment = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="What was installed for the project, if anything.",
    )
    log_head = models.TextField(
        blank=True, db_default="", help_text="Of the public sandbox's stderr."
    )
    log_tail = models.TextField(blank=True, db_default="")
    log_bytes = models.PositiveBigIntegerField(default=0, db_default=0)
    log_removed_at = models.DateTimeField(null=True, blank=True)
    log_removed_why = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        ordering = ("run", "number")
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="attempt_number")]

    def __str__(self) -> str:
        return f"Attempt {self.number} of {self.run_id}"

    @property
    def log_removed(self) -> str:
        """When and why its log was removed; empty where it was not."""
        if self.log_removed_at is None:
            return ""
        return f"Removed on {day_text(self.log_removed_at)}, {self.log_removed_why}."


class TaskResult(models.Model):
    """What a run got for one task. Tokens are null where they can't be attributed to the task."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+")
    attempt = models.PositiveSmallIntegerField()
    split = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Split])
    output = models.TextField(blank=True)
    cut = models.BooleanField(
        default=False, help_text="Only the beginning and the end of the output are stored."
    )
    answer = models.TextField(blank=True)
    verdict = models.CharField(max_length=24, choices=[(v.value, v.value) for v in Verdict])
    score = models.FloatField()
    explanation = models.TextField(blank=True)
    judge = models.JSONField(
        null=True,
        blank=True,
        help_text="Where a model judged: its slug, the SHA-256 of its weights and of the prompt.",
    )
    latency_ms = models.FloatField(null=True, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("run", "task__position")
        constraints = [
            models.UniqueConstraint(fields=["run", "task"], name="one_result_per_task"),
            models.CheckConstraint(
                condition=Q(score__gte=0.0) & Q(score__lte=1.0), name="task_score_from_0_to_1"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=[v.value for v in Verdict]), name="verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} ({self.score})"


class LedgerPack(models.Model):
    """Some calls of one sandbox of an attempt, packed; append-only, one chain for each sandbox.

    `position` counts the calls of the chain before it; `previous` and `head` are the digests of
    the entry before it and of its last one. `task_keys` are those of its calls that are known.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="ledger")
    attempt = models.PositiveSmallIntegerField()
    split = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Split])
    position = models.PositiveIntegerField()
    calls = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    task_keys = ArrayField(models.CharField(max_length=64), default=list)
    packed = models.BinaryField()

    class Meta:
        ordering = ("attempt", "split", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "attempt", "split", "position"], name="one_pack_per_position"
            ),
            models.CheckConstraint(condition=Q(calls__gt=0), name="pack_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"Calls {self.position} to {self.position + self.calls} of attempt {self.attempt}"


class RunEvent(models.Model):
    """The append-only log of a run's transitions, with the reason of each."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=RunState.choices)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%H:%M:%S}"
