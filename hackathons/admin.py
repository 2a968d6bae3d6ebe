"""Hackathons with their tracks, teams and roles in the admin."""

import zoneinfo
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from unfold.decorators import action

from accounts.admin_access import RuledAdmin, after_dialog, person_of
from accounts.models import User
from hackathons.admin_access import OrganizedAdmin
from hackathons.admin_budgets import BudgetAccountAdmin as BudgetAccountAdmin
from hackathons.admin_extensions import ExtensionAdmin as ExtensionAdmin
from hackathons.admin_extensions import GrantsExtensions, GrantsGrace
from hackathons.admin_forms import BUDGETS, SHARES, HackathonForm, PublishForm, TeamForm, TrackForm
from hackathons.admin_inlines import (
    LIMITS,
    RULES,
    SCORES,
    SHARED,
    WHAT,
    MembershipInline,
    RoleInline,
    TrackInline,
    object_id_of,
    usable_versions,
)
from hackathons.domain.organize import (
    announce_change,
    freeze_scoreboard,
    let_organizers_in,
    make_organizer,
    organized_by,
    publish_results,
)
from hackathons.errors import UserCaused
from hackathons.models import Hackathon, Role, Team, Track
from hackathons.rules import is_organizer


@admin.register(Hackathon)
class HackathonAdmin(GrantsGrace, RuledAdmin):
    """A hackathon: who makes it becomes its organizer."""

    form = HackathonForm
    list_display = ("name", "state_now", "hacking_starts_at", "submissions_close_at", "team_count")
    search_fields = ("name", "slug")
    date_hierarchy = "hacking_starts_at"
    ordering = ("-hacking_starts_at",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (TrackInline, RoleInline)
    actions_detail = ("grant_grace", "freeze_now", "publish_now")
    fieldsets = (
        (None, {"fields": ("name", "slug", "description", "max_team_size")}),
        (
            "Timeline",
            {
                "fields": (
                    "time_zone",
                    "registration_opens_at",
                    "hacking_starts_at",
                    "scoreboard_freezes_at",
                    "submissions_close_at",
                    "results_published_at",
                ),
                "description": "Each moment is at or after the one before it. From the freeze on, "
                "only organizers and judges see the scoreboards move, until the results are "
                "published.",
            },
        ),
        (
            "Budgets for the models",
            {
                "fields": (BUDGETS[:2], BUDGETS[2:]),
                "description": "Over the whole hackathon, besides the budget of each run that a "
                "track sets. Tokens are those of prompts, answers and thinking. What a run used "
                "that the platform failed is not counted to its team. A budget may be set or "
                "changed at any time; what was used before counts.",
            },
        ),
        (
            "Share of the workers",
            {
                "fields": (SHARES[0], SHARES[1:]),
                "description": "What is changed here counts from the next run that starts. Weight "
                "and limit of the whole hackathon are set by whoever runs the platform, for all "
                "hackathons that share its workers.",
            },
        ),
    )

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """Those that the person runs."""
        return rows.filter(pk__in=organized_by(person))

    def may_change(self, person: User, obj: Hackathon) -> bool:
        """Its organizers."""
        return is_organizer(person, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """No organizer takes the workers from other hackathons."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if person_of(request).is_superuser else (*fixed, "share_weight", "max_runs")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of teams."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(team_total=Count("teams"))  # type: ignore[no-any-return]

    @admin.display(description="State")
    def state_now(self, hackathon: Hackathon) -> str:
        """Where it is in its timeline."""
        now = timezone.now()
        frozen = ", frozen" if hackathon.is_frozen(now) else ""
        return f"{hackathon.state(now).label}{frozen}"

    @admin.display(description="Teams", ordering="team_total")
    def team_count(self, hackathon: Any) -> int:
        """How many."""
        return int(hackathon.team_total)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *rest: Any
    ) -> Any:
        """The form speaks and reads the hackathon's own time."""
        zone = self._zone(request, object_id)
        with timezone.override(zone):
            response = super().changeform_view(request, object_id, *rest)
            return response.render() if hasattr(response, "render") else response

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Make its maker an organizer, and let organizers in."""
        super().save_related(request, form, formsets, change)
        if not change:
            make_organizer(hackathon=form.instance, person=person_of(request))
        for name in let_organizers_in(hackathon=form.instance):
            messages.info(request, f"{name} may now enter this admin.")
        announce_change(form.instance.pk)

    @action(  # type: ignore[untyped-decorator]
        description="Freeze now",
        permissions=["decide"],
        icon="ac_unit",
        dialog={
            "title": "Freeze the scoreboards now?",
            "description": "Everybody but organizers and judges sees the standings as they are at "
            "this moment, until the results are published.",
            "form_class": None,
            "form_submit_text": "Freeze",
        },
    )
    def freeze_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        return self._decide(request, object_id, freeze_scoreboard, "The scoreboards are frozen.")

    @action(  # type: ignore[untyped-decorator]
        description="Publish results",
        permissions=["decide"],
        icon="celebration",
        dialog={
            "title": "Publish the results now?",
            "description": "Everybody sees the final standings, private tasks included.",
            "form_class": PublishForm,
            "form_submit_text": "Publish",
        },
    )
    def publish_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        verb = partial(publish_results, confirmed=form.cleaned_data.get("confirmed", False))
        return self._decide(request, object_id, verb, "The results are published.")

    def has_decide_permission(self, request: HttpRequest, object_id: str) -> bool:
        """Organizers freeze and publish."""
        return is_organizer(person_of(request), self.seen(request, object_id))

    def _decide(
        self, request: HttpRequest, object_id: str, verb: Any, sentence: str
    ) -> HttpResponse:
        hackathon = self.seen(request, object_id)
        try:
            verb(hackathon=hackathon, at=timezone.now())
        except UserCaused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, sentence)
        address = reverse("admin:hackathons_hackathon_change", args=[hackathon.pk])
        return after_dialog(request, address)

    def _zone(self, request: HttpRequest, object_id: str | None) -> zoneinfo.ZoneInfo:
        """The zone that the form was sent with, else the hackathon's."""
        name = request.POST.get("time_zone", "")
        if not name and object_id:
            found = self.get_object(request, object_id)
            name = found.time_zone if found else ""
        return zoneinfo.ZoneInfo(name if name in zoneinfo.available_timezones() else "UTC")


@admin.register(Track)
class TrackAdmin(OrganizedAdmin):
    """A track by itself."""

    form = TrackForm
    list_display = ("name", "hackathon", "suite_version", "daily_quota", "position")
    list_select_related = ("hackathon", "suite_version__suite")
    list_filter = ("hackathon",)
    search_fields = ("name", "slug", "hackathon__name")
    autocomplete_fields = ("hackathon", "allowed_models")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("hackathon", *WHAT)}),
        (
            "Limits",
            {"fields": LIMITS, "description": "Of runs queued from now on; others keep theirs."},
        ),
        (
            "Scores",
            {
                "fields": SCORES,
                "description": "The Ladder counts at once, the others from the next run that "
                "starts.",
            },
        ),
        (
            "Workers",
            {
                "fields": (SHARED,),
                "description": "Counts from the next run that starts.",
            },
        ),
        (
            "Calls to the model",
            {
                "fields": RULES,
                "description": "Of runs queued from now on. What is empty is the project's "
                "choice. For results that come out the same each time, enforce a temperature of 0 "
                "and a seed.",
            },
        ),
    )
    conditional_fields = {"reasoning_tokens": "reasoning == 'capped'"}
    actions_detail = ("re_evaluate",)

    @action(description="Re-evaluate…", icon="replay")  # type: ignore[untyped-decorator]
    def re_evaluate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the form that begins one; this changes nothing by itself."""
        track = self.seen(request, object_id)
        form = reverse("admin:evaluation_reevaluation_add")
        return redirect(f"{form}?{urlencode({'track': track.pk})}")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only versions that may be used."""
        if db_field.name == "suite_version":
            track = Track.objects.filter(pk=object_id_of(request)).first()
            kwargs["queryset"] = usable_versions(request, track)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Team)
class TeamAdmin(GrantsExtensions, OrganizedAdmin):
    """A team with its members."""

    list_display = ("name", "hackathon", "member_count", "created_at")
    list_select_related = ("hackathon",)
    list_filter = ("hackathon",)
    search_fields = ("name", "slug", "people__username")
    ordering = ("hackathon", "name")
    autocomplete_fields = ("hackathon",)
    prepopulated_fields = {"slug": ("name",)}
    form = TeamForm
    fields = ("hackathon", "name", "slug", "share_weight")
    inlines = (MembershipInline,)
    actions_detail = ("extend",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of members."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(member_total=Count("memberships", distinct=True))  # type: ignore[no-any-return]

    @admin.display(description="Members", ordering="member_total")
    def member_count(self, team: Any) -> int:
        """How many."""
        return int(team.member_total)


@admin.register(Role)
class RoleAdmin(OrganizedAdmin):
    """A role by itself."""

    list_display = ("person", "kind", "hackathon")
    list_select_related = ("person", "hackathon")
    list_filter = ("kind", "hackathon")
    search_fields = ("person__username", "hackathon__name")
    autocomplete_fields = ("hackathon", "person")
    fields = ("hackathon", "person", "kind")

    def save_related(self, request: HttpRequest, form: Any, *rest: Any) -> None:
        """Let organizers in."""
        super().save_related(request, form, *rest)
        for name in let_organizers_in(hackathon=form.instance.hackathon):
            messages.info(request, f"{name} may now enter this admin.")
