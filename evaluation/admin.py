"""Runs in the admin, read-only: only workers and the sweep write them."""

from django.contrib import admin

from accounts.admin_access import ReadOnlyInline
from catalogue.text import served_text
from evaluation.models import Attempt, Run, RunEvent
from evaluation.templatetags.run_pages import percent
from hackathons.admin_access import OrganizedReadOnlyAdmin


class AttemptInline(ReadOnlyInline):
    """Every try, with how it ended."""

    model = Attempt
    fields = (
        "number",
        "worker",
        "started_at",
        "ended_at",
        "outcome",
        "reason",
        "used_tokens",
        "used_calls",
        "model_server",
    )
    readonly_fields = fields

    @admin.display(description="Model server")
    def model_server(self, attempt: Attempt) -> str:
        """What it said that it serves."""
        return served_text(attempt.served) if attempt.served else ""


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
        "public",
        "private",
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

    @admin.display(description="Public score", ordering="public_score")
    def public(self, run: Run) -> str:
        """On the public tasks."""
        return percent(run.public_score)

    @admin.display(description="Private score", ordering="private_score")
    def private(self, run: Run) -> str:
        """On the private tasks."""
        return percent(run.private_score)

    @admin.display(description="Tasks")
    def progress(self, run: Run) -> str:
        """How many have a result."""
        done, total = run.public_done + run.private_done, run.public_total + run.private_total
        return f"{done} of {total}"
