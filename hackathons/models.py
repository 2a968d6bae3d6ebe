"""Hackathons, tracks, teams and roles."""

import secrets
import zoneinfo
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from catalogue.models import LanguageModel, SuiteVersion
from common.models import UuidModel
from hackathons import call_rules, quick
from hackathons.budgets import BudgetAccount as BudgetAccount
from hackathons.budgets import Budgeted
from hackathons.call_rules import CallRuled
from hackathons.enums import HackathonState, Lane, RoleKind
from hackathons.extensions import Extension as Extension
from hackathons.quick import QuickScored
from hackathons.shares import EventShared, TeamShared, TrackShared, share_constraints


def validate_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not know."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise ValidationError(f"“{name}” is not a time zone; try Europe/Paris or UTC.") from error


class Hackathon(Budgeted, EventShared, UuidModel):
    """An event with a timeline; every moment is at or after the one before it."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    registration_opens_at = models.DateTimeField()
    hacking_starts_at = models.DateTimeField()
    submissions_close_at = models.DateTimeField()
    scoreboard_freezes_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: the scoreboard never freezes."
    )
    results_published_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: not yet decided."
    )
    max_team_size = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1)])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-hacking_starts_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(registration_opens_at__lte=F("hacking_starts_at")),
                name="hacking_starts_after_registration_opens",
                violation_error_message="Hacking can't start before registration opens.",
            ),
            models.CheckConstraint(
                condition=Q(hacking_starts_at__lt=F("submissions_close_at")),
                name="submissions_close_after_hacking_starts",
                violation_error_message="Submissions must close after hacking starts.",
            ),
            models.CheckConstraint(
                condition=Q(scoreboard_freezes_at__isnull=True)
                | Q(scoreboard_freezes_at__gte=F("hacking_starts_at")),
                name="scoreboard_freezes_after_hacking_starts",
                violation_error_message="The scoreboard can't freeze before hacking starts.",
            ),
            models.CheckConstraint(
                condition=Q(results_published_at__isnull=True)
                | Q(results_published_at__gte=F("submissions_close_at")),
                name="results_published_after_close",
                violation_error_message="Results can't be published before submissions close.",
            ),
            models.CheckConstraint(
                condition=Q(scoreboard_freezes_at__isnull=True)
                | Q(results_published_at__isnull=True)
                | Q(scoreboard_freezes_at__lte=F("results_published_at")),
                name="scoreboard_freezes_before_results",
                violation_error_message="The scoreboard must freeze before results are published.",
            ),
            *share_constraints("hackathon", weight=True, flow=True),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("hackathons:hackathon", args=[self.slug])

    def state(self, at: datetime) -> HackathonState:
        """Where it is in its timeline at that moment."""
        if self.results_published_at and at >= self.results_published_at:
            return HackathonState.PUBLISHED
        if at >= self.submissions_close_at:
            return HackathonState.CLOSED
        if at >= self.hacking_starts_at:
            return HackathonState.HACKING
        if at >= self.registration_opens_at:
            return HackathonState.REGISTRATION
        return HackathonState.ANNOUNCED

    def is_frozen(self, at: datetime) -> bool:
        """Whether spectators see the standings as of `scoreboard_freezes_at`."""
        if self.scoreboard_freezes_at is None or at < self.scoreboard_freezes_at:
            return False
        return self.state(at) != HackathonState.PUBLISHED

    def local_day(self, at: datetime) -> date:
        """The calendar day at that moment where the hackathon takes place; quotas count by it."""
        return at.astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()


class Track(CallRuled, QuickScored, TrackShared, UuidModel):
    """One challenge of a hackathon: what is asked, who may answer, and the limits of a run."""

    hackathon = models.ForeignKey(Hackathon, on_delete=models.CASCADE, related_name="tracks")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80)
    description = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    suite_version = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="tracks")
    allowed_models = models.ManyToManyField(LanguageModel, related_name="tracks")
    daily_quota = models.PositiveSmallIntegerField(
        default=10, help_text="Accepted uploads of a team in a day of the hackathon's time zone."
    )
    task_seconds = models.FloatField(
        default=30.0, validators=[MinValueValidator(0.1), MaxValueValidator(3600)]
    )
    run_seconds = models.FloatField(
        default=900.0, validators=[MinValueValidator(1), MaxValueValidator(86_400)]
    )
    memory_mb = models.PositiveIntegerField(default=1024, validators=[MinValueValidator(64)])
    scratch_mb = models.PositiveIntegerField(default=64, validators=[MinValueValidator(1)])
    processes = models.PositiveIntegerField(default=64, validators=[MinValueValidator(4)])
    token_budget = models.PositiveIntegerField(default=200_000)
    call_budget = models.PositiveIntegerField(default=2_000)
    stops_early = models.BooleanField(
        default=False,
        help_text="A run is stopped once it is surely worse than its team's best one (p ≤ 0.05): "
        "it gets no score, and the team's best stays. Not while the scoreboard is frozen, and not "
        "the run of a final submission.",
    )
    ladder = models.BooleanField(
        default=False,
        help_text="Until the results, teams and spectators see a public score rise only where a "
        "run is better beyond its own noise, and no result task by task: so nobody climbs by "
        "handing in often. Judges see everything.",
    )

    class Meta:
        ordering = ("hackathon", "position", "name")
        constraints = [
            models.UniqueConstraint(fields=["hackathon", "slug"], name="track_slug"),
            models.UniqueConstraint(fields=["hackathon", "name"], name="track_name"),
            *call_rules.CONSTRAINTS,
            *quick.CONSTRAINTS,
            *share_constraints("track", weight=False, flow=True),
            models.CheckConstraint(condition=Q(lane__in=Lane.values), name="track_lane_known"),
            models.CheckConstraint(
                condition=~Q(ladder=True, stops_early=True),
                name="track_ladder_or_stops_early",
                violation_error_message="Choose the Ladder or early stops, not both: a run that "
                "stops early tells what the Ladder hides.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hackathon.name}: {self.name}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("hackathons:track", args=[self.hackathon.slug, self.slug])


class Team(TeamShared, UuidModel):
    """Some people who take part together."""

    hackathon = models.ForeignKey(Hackathon, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="teams"
    )

    class Meta:
        ordering = ("hackathon", "name")
        constraints = [
            models.UniqueConstraint(fields=["hackathon", "name"], name="team_name"),
            models.UniqueConstraint(fields=["hackathon", "slug"], name="team_slug"),
            # The other end of membership's composite foreign key.
            models.UniqueConstraint(fields=["id", "hackathon"], name="team_id_hackathon"),
            *share_constraints("team", weight=True, flow=False),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(UuidModel):
    """A person in a team. `hackathon` repeats the team's, held equal by a composite key."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    hackathon = models.ForeignKey(Hackathon, on_delete=models.CASCADE, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    is_captain = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("joined_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["hackathon", "person"],
                name="one_team_per_person",
                violation_error_message="This person is in another team of this hackathon.",
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(is_captain=True),
                name="one_captain_per_team",
                violation_error_message="This team has a captain already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the hackathon that of the team."""
        self.hackathon_id = self.team.hackathon_id
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        """Fill the hackathon in before constraints are validated in a form."""
        if self.team_id:
            self.hackathon_id = self.team.hackathon_id


def invitation_token() -> str:
    """A secret that can't be guessed."""
    return secrets.token_urlsafe(24)


class Invitation(UuidModel):
    """A link by which one person joins a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    token = models.CharField(max_length=64, unique=True, default=invitation_token, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Invitation to {self.team}"


class Role(UuidModel):
    """A person's role in one hackathon."""

    hackathon = models.ForeignKey(Hackathon, on_delete=models.CASCADE, related_name="roles")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="roles"
    )
    kind = models.CharField(max_length=16, choices=RoleKind.choices)

    class Meta:
        ordering = ("hackathon", "kind")
        constraints = [
            models.UniqueConstraint(fields=["hackathon", "person", "kind"], name="role_once"),
            models.CheckConstraint(condition=Q(kind__in=RoleKind.values), name="role_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_kind_display()}"
