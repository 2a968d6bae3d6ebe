"""Submissions, runs and results as JSON; what a person may not see was taken out before."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.meanings import Meaning
from corral.scorers.base import JudgedBy
from evaluation.domain.breakdown import BestOf, TagScore, best_of, tag_scores
from evaluation.domain.calls import SeenCall
from evaluation.domain.judged_by import JudgedTasks, judges_of
from evaluation.domain.queries import SeenRun, SeenSubmission, attempts_of, verdict_counts
from evaluation.domain.quick import QuickScore, quick_score
from evaluation.domain.savings import Stopped, stopped_early
from evaluation.models import Attempt, TaskResult


class ProblemSerializer(serializers.Serializer[object]):
    """Every error has this shape; `problems` lists all sentences where there are several."""

    detail = serializers.CharField()
    code = serializers.CharField()
    problems = serializers.ListField(child=serializers.CharField(), required=False)
    resets_at = serializers.DateTimeField(required=False)


class SuiteVersionSerializer(serializers.Serializer[object]):
    """Which tasks a run is about."""

    name = serializers.CharField(source="suite.name")
    slug = serializers.CharField(source="suite.slug")
    version = serializers.IntegerField(source="number")
    digest = serializers.CharField()


class PlaceSerializer(serializers.Serializer[object]):
    """Where a run waits: its place, from 1, and when it may start; else the reason why not.

    `at_most`: the time is the latest that the limits of runs like it allow.
    """

    position = serializers.IntegerField(allow_null=True)
    expected_start_at = serializers.DateTimeField(allow_null=True)
    at_most = serializers.BooleanField()
    reason = serializers.CharField()


class RunSerializer(serializers.Serializer[SeenRun]):
    """A run. `hidden` is "frozen" where the freeze hides its score and verdicts.

    It is "ladder" where a Ladder does: then `score` is what the team's Ladder shows after this run,
    `raised` says whether the run raised it, and `stderr` is the largest that it can have.

    `queue` is null unless it waits.

    `score` and `stderr` are of the public tasks. `private` is how far the private tasks are; their
    score is null until the person may see it.
    """

    id = serializers.UUIDField(source="run.pk")
    submission = serializers.UUIDField(source="run.submission_id")
    state = serializers.CharField(source="run.state")
    reason = serializers.CharField(source="run.reason")
    attempt = serializers.IntegerField(source="run.attempt")
    queue = PlaceSerializer(source="place", allow_null=True)
    queued_at = serializers.DateTimeField(source="run.queued_at")
    started_at = serializers.DateTimeField(source="run.started_at", allow_null=True)
    ended_at = serializers.DateTimeField(source="run.ended_at", allow_null=True)
    done = serializers.IntegerField(source="run.public_done")
    total = serializers.IntegerField(source="run.public_total")
    private = serializers.ChoiceField(choices=["none", "waiting", "running", "done"])
    hidden = serializers.ChoiceField(choices=["frozen", "ladder"], allow_null=True)
    raised = serializers.SerializerMethodField()
    score = serializers.FloatField(allow_null=True)
    stderr = serializers.FloatField(allow_null=True, help_text=Meaning.STDERR)
    private_score = serializers.FloatField(allow_null=True)
    private_stderr = serializers.FloatField(allow_null=True)
    tokens = serializers.IntegerField(allow_null=True)
    reasoning_tokens = serializers.IntegerField(allow_null=True)
    calls = serializers.IntegerField(allow_null=True)
    degraded = serializers.BooleanField(source="run.degraded")
    suite = SuiteVersionSerializer(source="run.suite_version")
    policy_digest = serializers.CharField(source="run.policy_digest")

    def get_raised(self, seen: SeenRun) -> bool | None:
        """Whether the run raised the score that the team's Ladder shows; null without a Ladder."""
        return seen.released.raised if seen.released else None


class TagScoreSerializer(serializers.Serializer[TagScore]):
    """The score on the tasks of one split that have a tag."""

    tag = serializers.CharField()
    split = serializers.CharField()
    score = serializers.FloatField(help_text=Meaning.TAG)
    stderr = serializers.FloatField(allow_null=True, help_text="Null for one task.")
    n = serializers.IntegerField(help_text="Number of tasks.")


class BestOfSerializer(serializers.Serializer[BestOf]):
    """How many scored submissions a score is the best of."""

    attempts = serializers.IntegerField()
    luck = serializers.FloatField(allow_null=True, help_text=Meaning.LUCK)


class QuickScoreSerializer(serializers.Serializer[QuickScore]):
    """The score on the public tasks that the track's runs begin with; null until it is known."""

    score = serializers.FloatField(allow_null=True, help_text=Meaning.QUICK)
    stderr = serializers.FloatField(allow_null=True, help_text=Meaning.STDERR)
    tasks = serializers.IntegerField()
    total = serializers.IntegerField()


class StoppedSerializer(serializers.Serializer[Stopped]):
    """Of how many planned public tasks a run that was stopped early was asked some."""

    asked = serializers.IntegerField()
    planned = serializers.IntegerField()
    saved_tasks = serializers.IntegerField()
    saved_tokens = serializers.IntegerField(help_text=Meaning.SAVED_TOKENS)


class JudgedBySerializer(serializers.Serializer[JudgedBy]):
    """The model that judged, by its slug, with SHA-256 digests in hex."""

    model = serializers.CharField()
    weights_sha256 = serializers.CharField(help_text="Empty where the catalogue has none.")
    prompt_sha256 = serializers.CharField(
        help_text="Of all that the model is told but for question and answers."
    )


class JudgedTasksSerializer(serializers.Serializer[JudgedTasks]):
    """How many of the run's tasks, as far as the person may read them, a model judged so."""

    model = serializers.CharField(source="by.model")
    weights_sha256 = serializers.CharField(source="by.weights_sha256")
    prompt_sha256 = serializers.CharField(source="by.prompt_sha256")
    tasks = serializers.IntegerField()


class RunDetailSerializer(RunSerializer):
    """A run with what decided it; verdicts and tags are null where they are hidden.

    `tags` is null before the run is scored, too, and `best_of` unless the run's public score is
    the best of its team's in the track. `quick` is null unless the track scores some tasks first,
    `stopped_early` unless the run was.
    """

    policy = serializers.DictField(source="run.policy")
    served = serializers.SerializerMethodField()
    judges = serializers.SerializerMethodField()
    verdicts = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()
    best_of = serializers.SerializerMethodField()
    quick = serializers.SerializerMethodField()
    stopped_early = serializers.SerializerMethodField()

    @extend_schema_field(QuickScoreSerializer(allow_null=True))
    def get_quick(self, seen: SeenRun) -> Any:
        """The score on the tasks that come first, for whom may read the run's results."""
        found = quick_score(seen)
        return None if found is None else QuickScoreSerializer(found).data

    @extend_schema_field(StoppedSerializer(allow_null=True))
    def get_stopped_early(self, seen: SeenRun) -> Any:
        """What stopping the run saved, for whom may read its results."""
        found = stopped_early(seen)
        return None if found is None else StoppedSerializer(found).data

    @extend_schema_field(TagScoreSerializer(many=True, allow_null=True))
    def get_tags(self, seen: SeenRun) -> Any:
        """The score by tag, of the tasks that the person may read one by one."""
        scores = tag_scores(seen)
        return None if scores is None else [TagScoreSerializer(one).data for one in scores]

    @extend_schema_field(BestOfSerializer(allow_null=True))
    def get_best_of(self, seen: SeenRun) -> Any:
        """What the score may owe to its being the best of several."""
        found = best_of(seen, timezone.now())
        return None if found is None else BestOfSerializer(found).data

    def get_served(self, seen: SeenRun) -> dict[str, Any] | None:
        """What the model server said when the newest attempt began that asked it."""
        asked = attempts_of(seen.run).exclude(served={}).last()
        return asked.served if asked else None

    @extend_schema_field(JudgedTasksSerializer(many=True))
    def get_judges(self, seen: SeenRun) -> Any:
        """The models that judged outputs, one for each prompt; several may have."""
        return [JudgedTasksSerializer(one).data for one in judges_of(seen)]

    def get_verdicts(self, seen: SeenRun) -> dict[str, int] | None:
        """How often each verdict was given, of the tasks that the person sees."""
        if seen.hidden:
            return None
        return {count.verdict: count.count for count in verdict_counts(seen)}


class SubmissionSerializer(serializers.Serializer[SeenSubmission]):
    """A submission with its newest run."""

    id = serializers.UUIDField(source="submission.pk")
    number = serializers.IntegerField(source="submission.number")
    track = serializers.UUIDField(source="submission.track_id")
    team = serializers.CharField(source="submission.team.slug")
    team_name = serializers.CharField(source="submission.team.name")
    project_name = serializers.CharField(source="submission.project_name")
    model = serializers.CharField(source="submission.model.slug")
    file_name = serializers.CharField(source="submission.file_name")
    archive_sha256 = serializers.CharField(source="submission.archive_sha256")
    archive_bytes = serializers.IntegerField(source="submission.archive_bytes")
    submitted_by = serializers.SerializerMethodField()
    submitted_at = serializers.DateTimeField(source="submission.submitted_at")
    is_final = serializers.BooleanField(source="submission.is_final")
    page = serializers.SerializerMethodField()
    run = RunSerializer(source="seen", allow_null=True)

    def get_submitted_by(self, seen: SeenSubmission) -> str | None:
        """The user name of whoever uploaded it, while the account exists."""
        person = seen.submission.submitted_by
        return person.get_username() if person else None

    def get_page(self, seen: SeenSubmission) -> str:
        """The path of its page for people."""
        return reverse("evaluation:submission", args=[seen.submission.pk])


class ResultSerializer(serializers.ModelSerializer[TaskResult]):
    """What a run got for one task. `tokens` are null where they can't be attributed to it."""

    task = serializers.CharField(source="task.key")
    tags = serializers.ListField(child=serializers.CharField(), source="task.tags")
    weight = serializers.FloatField(source="task.weight")
    input = serializers.JSONField(source="task.input")
    target = serializers.JSONField(source="task.target")
    scorer = serializers.CharField(source="task.scorer")
    judge = JudgedBySerializer(
        allow_null=True, help_text="The model that judged; null where the scorer asks none."
    )

    class Meta:
        model = TaskResult
        fields = (
            "task",
            "split",
            "tags",
            "weight",
            "input",
            "target",
            "scorer",
            "output",
            "answer",
            "verdict",
            "score",
            "explanation",
            "judge",
            "latency_ms",
            "prompt_tokens",
            "completion_tokens",
            "attempt",
            "recorded_at",
        )


class CallSerializer(serializers.Serializer[SeenCall]):
    """One call to the model. `request` and `response` are null where only digests are kept.

    `task` is null where the call can't be told to belong to one. `digest` is the entry's in the
    chain of its attempt's sandbox.
    """

    attempt = serializers.IntegerField()
    split = serializers.CharField()
    number = serializers.IntegerField()
    at = serializers.DateTimeField(source="entry.call.at")
    task = serializers.CharField(source="entry.call.task_key", allow_null=True)
    path = serializers.CharField(source="entry.call.path")
    status = serializers.IntegerField(source="entry.call.status")
    latency_ms = serializers.FloatField(source="entry.call.latency_ms")
    prompt_tokens = serializers.IntegerField(source="entry.call.prompt_tokens")
    completion_tokens = serializers.IntegerField(source="entry.call.completion_tokens")
    reasoning_tokens = serializers.IntegerField(source="entry.call.reasoning_tokens")
    estimated = serializers.BooleanField(source="entry.call.estimated")
    request_digest = serializers.CharField(source="entry.call.request_digest")
    response_digest = serializers.CharField(source="entry.call.response_digest")
    digest = serializers.CharField(source="entry.digest")
    request = serializers.ListField(
        source="requests", child=serializers.DictField(), allow_null=True
    )
    response = serializers.CharField(allow_null=True)


class LogSerializer(serializers.ModelSerializer[Attempt]):
    """What one attempt's public sandbox wrote to stderr: the beginning and the end of it."""

    attempt = serializers.IntegerField(source="number")
    head = serializers.CharField(source="log_head")
    tail = serializers.CharField(source="log_tail")
    bytes = serializers.IntegerField(source="log_bytes")
    removed_at = serializers.DateTimeField(source="log_removed_at", allow_null=True)
    removed_why = serializers.CharField(source="log_removed_why")

    class Meta:
        model = Attempt
        fields = (
            "attempt",
            "started_at",
            "ended_at",
            "head",
            "tail",
            "bytes",
            "removed_at",
            "removed_why",
        )
