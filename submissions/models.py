"""What teams handed in, and the quotas that count it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from catalogue.models import LanguageModel
from common.models import UuidModel
from hackathons.models import Team, Track


class Submission(UuidModel):
    """One immutable upload of a team to a track, named by the SHA-256 of its archive."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="submissions")
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField(
        help_text="1 for the team's first to the track, and so on."
    )
    archive_sha256 = models.CharField(max_length=64)
    archive_bytes = models.PositiveBigIntegerField()
    file_name = models.CharField(max_length=255)
    manifest = models.JSONField()
    project_name = models.CharField(max_length=120)
    model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="submissions"
    )
    submitted_at = models.DateTimeField()
    is_final = models.BooleanField(
        default=False, help_text="Declared by the team as the one that decides its final rank."
    )

    class Meta:
        ordering = ("-submitted_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["team", "track", "archive_sha256"], name="same_bytes_same_submission"
            ),
            models.UniqueConstraint(fields=["team", "track", "number"], name="submission_number"),
            models.UniqueConstraint(
                fields=["team", "track"], condition=Q(is_final=True), name="one_final_submission"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_name} (#{self.number})"

    def get_absolute_url(self) -> str:
        """Its page, which shows its run."""
        return reverse("evaluation:submission", args=[self.pk])


class UploadQuota(models.Model):
    """How many uploads of a team to a track were accepted on one day; updated conditionally."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    track = models.ForeignKey(Track, on_delete=models.CASCADE)
    day = models.DateField()
    accepted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "track", "day"], name="upload_quota_day")
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.accepted} on {self.day}"
