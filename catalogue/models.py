"""Suites, their published versions and tasks, and the models that may answer."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from common.models import UuidModel
from corral.suites import base
from corral.suites.base import Split
from corral.weights.facts import ModelFacts

sha256 = RegexValidator(r"^[0-9a-f]{64}$", "Give a SHA-256 as 64 lower-case hex digits.")


key_variable = RegexValidator(
    r"^LLAMA_UPSTREAM_KEY_[A-Z0-9_]+$", "Give a name that begins with LLAMA_UPSTREAM_KEY_."
)


class LanguageModel(UuidModel):
    """A model of the catalogue, pinned by the digest of its weights.

    Digests and counts are read from its GGUF file; counts are null where no file was read.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    family = models.CharField(max_length=80, blank=True)
    weights_sha256 = models.CharField(
        "weights (SHA-256)", max_length=64, blank=True, validators=[sha256]
    )
    tensors_sha256 = models.CharField(
        "tensors (SHA-256)", max_length=64, blank=True, validators=[sha256]
    )
    metadata_sha256 = models.CharField(
        "metadata (SHA-256)", max_length=64, blank=True, validators=[sha256]
    )
    architecture = models.CharField(max_length=40, blank=True)
    quantisation = models.CharField(max_length=40, blank=True)
    parameters = models.PositiveBigIntegerField(null=True, blank=True)
    tensor_bytes = models.PositiveBigIntegerField("bytes of weights", null=True, blank=True)
    context_length = models.PositiveBigIntegerField("context (tokens)", null=True, blank=True)
    embedding_length = models.PositiveBigIntegerField(null=True, blank=True)
    vocabulary_size = models.PositiveBigIntegerField(null=True, blank=True)
    embeddings = models.BooleanField("answers embeddings", default=False)
    licence = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=300, blank=True)
    upstream = models.CharField(
        max_length=300,
        blank=True,
        help_text="Base URL of its OpenAI-compatible server; empty: the platform's LLAMA_UPSTREAM.",
    )
    upstream_name = models.CharField(
        max_length=200, blank=True, help_text="The name that the server knows it by."
    )
    upstream_key = models.CharField(
        "variable with its key",
        max_length=80,
        blank=True,
        validators=[key_variable],
        help_text="Environment variable with the key for that base URL; empty: it needs none.",
    )
    build = models.CharField(max_length=200, blank=True, help_text="Build of the server.")

    class Meta:
        ordering = ("name",)
        verbose_name = "model"

    def __str__(self) -> str:
        return self.name

    @property
    def facts(self) -> ModelFacts:
        """What a server of it must not contradict."""
        return ModelFacts(
            parameters=self.parameters,
            tensor_bytes=self.tensor_bytes,
            vocabulary_size=self.vocabulary_size,
            embedding_length=self.embedding_length,
            context_length=self.context_length,
        )


class Suite(UuidModel):
    """A named set of tasks."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class SuiteVersion(UuidModel):
    """One version of a suite; once published it never changes (a trigger holds that)."""

    suite = models.ForeignKey(Suite, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, validators=[sha256])
    licence = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=300, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("suite__name", "-number")
        constraints = [
            models.UniqueConstraint(fields=["suite", "number"], name="suite_version_number"),
            models.UniqueConstraint(fields=["suite", "digest"], name="suite_version_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.suite.name} v{self.number}"


class Commitment(UuidModel):
    """What a version's private tasks were committed to by, before anybody saw them.

    The salt is a secret until it is opened; only then may anybody else know it. But for being
    opened once it never changes (a trigger holds that).
    """

    suite_version = models.OneToOneField(
        SuiteVersion, on_delete=models.PROTECT, related_name="commitment"
    )
    digest = models.CharField(max_length=64, validators=[sha256])
    salt = models.CharField(max_length=64, validators=[sha256])
    made_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$") & Q(salt__regex=r"^[0-9a-f]{64}$"),
                name="commitment_is_hex",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True) | Q(opened_at__gte=F("made_at")),
                name="commitment_opened_after_it_was_made",
            ),
        ]

    def __str__(self) -> str:
        return self.digest


class Task(UuidModel):
    """One task of a suite version."""

    suite_version = models.ForeignKey(SuiteVersion, on_delete=models.CASCADE, related_name="tasks")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    input = models.JSONField()
    target = models.JSONField(null=True)
    scorer = models.CharField(max_length=40)
    scorer_options = models.JSONField(default=dict, blank=True)
    split = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Split])
    weight = models.FloatField(default=1.0, validators=[MinValueValidator(0.0)])
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    cluster = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        ordering = ("suite_version", "position")
        constraints = [
            models.UniqueConstraint(fields=["suite_version", "key"], name="task_key"),
            models.UniqueConstraint(fields=["suite_version", "position"], name="task_position"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="task_weight_above_zero"),
            models.CheckConstraint(
                condition=Q(split__in=[s.value for s in Split]), name="task_split_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def as_task(self) -> base.Task:
        """As the engine takes it."""
        return base.Task(
            key=self.key,
            input=self.input,
            target=self.target,
            scorer=self.scorer,
            scorer_options=self.scorer_options,
            split=Split(self.split),
            weight=self.weight,
            tags=tuple(self.tags),
            cluster=self.cluster or None,
        )
