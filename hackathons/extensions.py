"""More time to hand in: grace for all teams after an outage, an extension for one of them."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.models import UuidModel

LONGEST_REASON = 200


class Extension(UuidModel):
    """Until when a team, or (without a team) every team, may hand in after the close, and why.

    What was granted never changes, PostgreSQL itself refuses: it can only be revoked, once, and
    what arrived before that stays in time. `until` counts if it is later than what applies anyway.
    A trigger keeps `more_time_until` of the hackathon or the team, a column for SQL alone, which
    no stale `save` can overwrite: by it the claim orders runs without a join.
    """

    hackathon = models.ForeignKey(
        "hackathons.Hackathon", on_delete=models.CASCADE, related_name="extensions"
    )
    team = models.ForeignKey(
        "hackathons.Team",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="extensions",
    )
    until = models.DateTimeField()
    reason = models.CharField(max_length=LONGEST_REASON, help_text="Read by those it is for.")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-granted_at",)
        verbose_name = "extension"
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("granted_at")), name="extension_ends_after_it_is_granted"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"More time for {self.team or 'all teams'}"

    @property
    def ends_at(self) -> datetime:
        """When it stopped, or will stop, to let anything in."""
        return self.until if self.revoked_at is None else min(self.until, self.revoked_at)
