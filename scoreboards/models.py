"""Stored versions of boards: a snapshot, and the numbered deltas that led to it."""

from django.db import models
from django.db.models import Q

from common.models import UuidModel
from hackathons.enums import Audience
from hackathons.models import Track


class Board(UuidModel):
    """The scoreboard of a track for one audience; `version` only grows (a trigger holds that)."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="boards")
    audience = models.CharField(max_length=12, choices=Audience.choices)
    version = models.PositiveBigIntegerField(default=0)
    snapshot = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("track", "audience")
        constraints = [
            models.UniqueConstraint(fields=["track", "audience"], name="one_board_per_audience"),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="board_audience_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track} for {self.audience}, version {self.version}"


class BoardDelta(models.Model):
    """What changed from `version` - 1 to `version`."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="deltas")
    version = models.PositiveBigIntegerField()
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("board", "version")
        constraints = [
            models.UniqueConstraint(fields=["board", "version"], name="board_delta_version")
        ]

    def __str__(self) -> str:
        return f"Version {self.version} of {self.board_id}"
