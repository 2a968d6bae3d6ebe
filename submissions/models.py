"""What teams handed in, and the quotas that count it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from catalogue.models import LanguageModel
from common.days import day_text
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


class StoredArchive(models.Model):
    """Bytes in the storage. The one that is kept of some bytes has no `leaving_at`.

    One that leaves never comes back: the same bytes, sent again, are the next generation, under
    another name. So whoever removes an object, however late, removes nothing that anybody needs.
    """

    sha256 = models.CharField(max_length=64)
    generation = models.PositiveSmallIntegerField()
    bytes = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="When the same bytes were last handed in.")
    leaving_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=120, blank=True, help_text="Why it was removed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256", "generation"], name="archive_generation"),
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(leaving_at=None), name="one_archive_kept"
            ),
            models.CheckConstraint(
                condition=Q(gone_at=None) | Q(leaving_at__isnull=False), name="archive_left_first"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Where the storage keeps it."""
        again = f".{self.generation}" if self.generation > 1 else ""
        return f"archives/{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}{again}"

    @property
    def removed(self) -> str:
        """When and why it was removed; empty while it is kept."""
        if self.leaving_at is None:
            return ""
        return f"Removed on {day_text(self.leaving_at)}, {self.why}."


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
