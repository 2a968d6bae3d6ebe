"""Runs in the admin: read-only rows, and what an organizer may do to them."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action

from accounts.admin_access import ReadOnlyAdmin, ReadOnlyInline, after_dialog
from accounts.models import User
from catalogue.text import served_text
from evaluation.admin_queue import QueuePage
from evaluation.admin_verbs import RunVerbs
from evaluation.domain.ledger import Intact, verify_ledger
from evaluation.models import Attempt, Run, RunEvent, Worker
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
        "environment",
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
class RunAdmin(QueuePage, RunVerbs, OrganizedReadOnlyAdmin):
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
    list_filter = ("state", "counts", "degraded")
    search_fields = ("submission__project_name", "submission__team__name", "reason")
    date_hierarchy = "queued_at"
    inlines = (AttemptInline, RunEventInline)
    actions_detail = (*RunVerbs.actions_detail, "check_ledger")

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

    @action(  # type: ignore[untyped-decorator]
        description="Check the ledger",
        icon="link",
        dialog={
            "title": "Check this run's ledger?",
            "description": "Every call's digest is computed anew and compared with the chain; "
            "nothing is changed. With many calls it takes some seconds.",
            "form_class": None,
            "form_submit_text": "Check",
        },
    )
    def check_ledger(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        run = self.seen(request, object_id)
        found = verify_ledger(run)
        tell = messages.success if isinstance(found, Intact) else messages.error
        tell(request, found.text)
        return after_dialog(request, reverse("admin:evaluation_run_change", args=[run.pk]))


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    """The workers, as they last said of themselves; the queue's page has their brakes."""

    list_display = ("name", "lanes", "slots", "flow", "alive", "started_at")
    list_filter = ("flow",)
    search_fields = ("name",)
    actions_list = ("queue_page",)
    fields = ("name", "lanes", "slots", "flow", "started_at", "seen_at", "processes")

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """Workers serve every hackathon: every organizer sees them."""
        return rows

    @admin.display(description="Lives", ordering="seen_at")
    def alive(self, worker: Worker) -> str:
        """Whether it was seen within a lease."""
        silent = (timezone.now() - worker.seen_at).total_seconds()
        if silent <= settings.LEASE_SECONDS:
            return "lives"
        return f"not seen since {timezone.localtime(worker.seen_at):%d %b, %H:%M:%S}"

    @action(description="Queue", url_path="queue", icon="low_priority")  # type: ignore[untyped-decorator]
    def queue_page(self, request: HttpRequest) -> HttpResponse:
        """Where they are paused, drained and resumed."""
        return redirect("admin:evaluation_run_queue")
