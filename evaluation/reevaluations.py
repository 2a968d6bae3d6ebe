"""All submissions to a track evaluated anew, in the shadow of what counts until it is applied."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalogue.models import SuiteVersion
from common.models import UuidModel
from evaluation.enums import ReevaluationKind, ReevaluationState
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
