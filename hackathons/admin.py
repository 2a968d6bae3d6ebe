"""Hackathons with their tracks, teams and roles in the admin."""

import zoneinfo
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action

from accounts.admin_access import (
    RuledAdmin,
    RuledStackedInline,
    RuledTabularInline,
    after_dialog,
    person_of,
)
from accounts.models import User
from catalogue.models import SuiteVersion
from catalogue.rules import own_or_ownerless
from hackathons.admin_access import OrganizedAdmin
from hackathons.admin_forms import (
    HackathonForm,
    MembershipForm,
    MembershipFormSet,
    RoleForm,
    RoleFormSet,
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
from hackathons.models import Hackathon, Membership, Role, Team, Track
from hackathons.rules import is_organizer

WHAT = ("name", "slug", "position", "description", "suite_version", "allowed_models")
LIMITS = (
    "daily_quota",
    ("task_seconds", "run_seconds"),
    ("token_budget", "call_budget"),
    ("memory_mb", "scratch_mb", "processes"),
)


def usable_versions(request: HttpRequest, track: Track | None) -> QuerySet[SuiteVersion]:
    """Published versions of own or ownerless suites, and the one that the track has."""
    usable = Q(published_at__isnull=False) & own_or_ownerless(person_of(request), "suite__")
    if person_of(request).is_superuser:
        usable = Q(published_at__isnull=False)
    if track is not None:
        usable |= Q(pk=track.suite_version_id)
    return SuiteVersion.objects.filter(usable).select_related("suite")


class TrackInline(RuledStackedInline):
    """A hackathon's tracks."""

    model = Track
    tab = True
    fields = (*WHAT, *LIMITS)
    autocomplete_fields = ("allowed_models",)
    prepopulated_fields = {"slug": ("name",)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only versions that may be used, and those that the hackathon's tracks have."""
        if db_field.name == "suite_version":
            kwargs["queryset"] = usable_versions(request, None) | SuiteVersion.objects.filter(
                tracks__hackathon=_object_id(request)
            ).select_related("suite")
            kwargs["queryset"] = kwargs["queryset"].distinct()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class RoleInline(RuledTabularInline):
    """Who organizes and who judges."""

    model = Role
    form = RoleForm
    formset = RoleFormSet
    tab = True
    autocomplete_fields = ("person",)


@admin.register(Hackathon)
class HackathonAdmin(RuledAdmin):
    """A hackathon: who makes it becomes its organizer."""

    form = HackathonForm
    list_display = ("name", "state_now", "hacking_starts_at", "submissions_close_at", "team_count")
    search_fields = ("name", "slug")
    date_hierarchy = "hacking_starts_at"
    prepopulated_fields = {"slug": ("name",)}
    inlines = (TrackInline, RoleInline)
    actions_detail = ("freeze_now", "publish_now")
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
    )

    def restrict(self, rows: QuerySet[Any], person: User) -> QuerySet[Any]:
        """Those that the person runs."""
        return rows.filter(pk__in=organized_by(person))

    def may_change(self, person: User, obj: Hackathon) -> bool:
        """Its organizers."""
        return is_organizer(person, obj)

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
        description="Freeze the scoreboards now",
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
        description="Publish the results now",
        icon="celebration",
        dialog={
            "title": "Publish the results now?",
            "description": "Everybody sees the final standings, private tasks included.",
            "form_class": None,
            "form_submit_text": "Publish",
        },
    )
    def publish_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        return self._decide(request, object_id, publish_results, "The results are published.")

    def _decide(
        self, request: HttpRequest, object_id: str, verb: Any, sentence: str
    ) -> HttpResponse:
        hackathon = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not is_organizer(person_of(request), hackathon):
            raise PermissionDenied
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
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only versions that may be used."""
        if db_field.name == "suite_version":
            track = Track.objects.filter(pk=_object_id(request)).first()
            kwargs["queryset"] = usable_versions(request, track)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MembershipInline(RuledTabularInline):
    """Who is in the team."""

    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    fields = ("person", "is_captain")
    autocomplete_fields = ("person",)


@admin.register(Team)
class TeamAdmin(OrganizedAdmin):
    """A team with its members."""

    list_display = ("name", "hackathon", "member_count", "created_at")
    list_select_related = ("hackathon",)
    list_filter = ("hackathon",)
    search_fields = ("name", "slug", "people__username")
    autocomplete_fields = ("hackathon",)
    prepopulated_fields = {"slug": ("name",)}
    fields = ("hackathon", "name", "slug")
    inlines = (MembershipInline,)

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


def _object_id(request: HttpRequest) -> Any:
    """The key of the row whose page this is; None where there is none."""
    return request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
