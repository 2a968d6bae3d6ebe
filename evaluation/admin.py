"""Runs in the admin, read-only: only workers and the sweep write them."""

from django.contrib import admin

from accounts.admin_access import ReadOnlyInline
from evaluation.models import Attempt, Run, RunEvent
from hackathons.admin_access import OrganizedReadOnlyAdmin


class AttemptInline(ReadOnlyInline):
    """Every try, with how it ended."""

    model = Attempt
    fields = ("number", "worker", "started_at", "ended_at", "outcome", "reason")
    readonly_fields = fields


class RunEventInline(ReadOnlyInline):
    """Every transition, with its reason."""

    model = RunEvent
    fields = ("at", "attempt", "state", "reason")
    readonly_fields = fields


@admin.register(Run)
class RunAdmin(OrganizedReadOnlyAdmin):
    """Those of own hackathons."""

    hackathon_path = "submission__track__hackathon"
    list_display = (
        "submission",
        "team",
        "state",
        "progress",
        "public_score",
        "private_score",
        "attempt",
        "worker",
        "queued_at",
    )
    list_select_related = ("submission__team",)
    list_filter = ("state", "degraded")
    search_fields = ("submission__project_name", "submission__team__name", "reason")
    date_hierarchy = "queued_at"
    inlines = (AttemptInline, RunEventInline)

    @admin.display(description="Team", ordering="submission__team__name")
    def team(self, run: Run) -> str:
        """Whose submission it evaluates."""
        return run.submission.team.name

    @admin.display(description="Tasks")
    def progress(self, run: Run) -> str:
        """How many have a result."""
        done, total = run.public_done + run.private_done, run.public_total + run.private_total
        return f"{done} of {total}"
