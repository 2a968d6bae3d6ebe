"""All submissions to a track evaluated anew, in the shadow of what counts until it is applied."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalogue.models import SuiteVersion
from common.models import UuidModel
from evaluation.enums import ReevaluationKind, ReevaluationState, RunState
from hackathons.models import Track


class Reevaluation(UuidModel):
    """A second evaluation of a track, against the same suite version or another.

    Its runs count nothing until it is applied, as a whole; then it stays, as it does when it is
    discarded, for all to read. `changes` are the ranks that it changed, by "public" and "private".
    """

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="reevaluations")
    suite_version = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="+")
    previous_version = models.ForeignKey(
        SuiteVersion, on_delete=models.PROTECT, related_name="+", help_text="The track's before it."
    )
    kind = models.CharField(max_length=8, choices=ReevaluationKind.choices)
    state = models.CharField(
        max_length=10, choices=ReevaluationState.choices, default=ReevaluationState.EVALUATING
    )
    reason = models.CharField(max_length=500, help_text="One sentence that participants read.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    changes = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "re-evaluation"
        constraints = [
            models.UniqueConstraint(
                fields=["track"],
                condition=Q(state=ReevaluationState.EVALUATING),
                name="one_open_reevaluation",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReevaluationState.values)
                & Q(kind__in=ReevaluationKind.values),
                name="reevaluation_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="reevaluation_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state=ReevaluationState.EVALUATING, decided_at__isnull=True)
                | (~Q(state=ReevaluationState.EVALUATING) & Q(decided_at__isnull=False)),
                name="reevaluation_decided_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.track} against {self.suite_version}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has applied or discarded it."""
        return self.state == ReevaluationState.EVALUATING


class Shadowed(models.Model):
    """Of a run: whether and when it counted, and what it has to do with a re-evaluation."""

    counts = models.BooleanField(
        default=True, help_text="Whether it is the one that boards show of its submission."
    )
    counts_since = models.DateTimeField(
        null=True, blank=True, help_text="When its re-evaluation was applied."
    )
    counts_until = models.DateTimeField(
        null=True, blank=True, help_text="When another took its place."
    )
    reevaluation = models.ForeignKey(
        Reevaluation, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    replaces = models.ForeignKey(
        "evaluation.Run",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replacements",
        help_text="The run whose place it takes once its re-evaluation is applied.",
    )
    source = models.ForeignKey(
        "evaluation.Run",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The run whose recorded outputs it judges anew, instead of running the project.",
    )
    reached_at = models.DateTimeField(
        null=True, blank=True, help_text="By which boards date it, where that is not its end."
    )

    class Meta:
        abstract = True

    @property
    def is_shadow(self) -> bool:
        """Whether it is of a re-evaluation that has not been applied to its submission."""
        return self.reevaluation_id is not None and self.counts_since is None

    @property
    def evidence_id(self) -> UUID:
        """The run in which the project itself was evaluated: it has the logs and the calls."""
        return self.source_id or self.pk


SHADOW_CONSTRAINTS = (
    models.UniqueConstraint(
        fields=["reevaluation", "replaces"],
        condition=~Q(state__in=[RunState.ERRORED, RunState.CANCELLED]),
        name="one_shadow_per_run",
    ),
    models.CheckConstraint(
        condition=Q(reevaluation__isnull=True, replaces__isnull=True, source__isnull=True)
        | Q(reevaluation__isnull=False, replaces__isnull=False),
        name="run_shadow_replaces_a_run",
    ),
    models.CheckConstraint(
        condition=Q(reevaluation__isnull=True) | Q(counts=False) | Q(counts_since__isnull=False),
        name="run_shadow_counts_once_applied",
    ),
)
SHADOWS_OPEN = models.Index(
    fields=["reevaluation"],
    condition=Q(
        reevaluation__isnull=False,
        state__in=["queued", "preparing", "running", "scoring"],
    ),
    name="run_shadows_open",
)
