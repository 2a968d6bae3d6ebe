"""What stands on a hackathon's or a team's page in the admin: tracks, roles, members."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.admin_access import RuledStackedInline, RuledTabularInline, person_of
from catalogue.models import SuiteVersion
from catalogue.rules import own_or_ownerless
from hackathons.admin_forms import (
    MembershipForm,
    MembershipFormSet,
    RoleForm,
    RoleFormSet,
    TrackForm,
)
from hackathons.models import Membership, Role, Track

WHAT = ("name", "slug", "position", "description", "suite_version", "allowed_models")
LIMITS = (
    "daily_quota",
    ("task_seconds", "run_seconds"),
    ("token_budget", "call_budget"),
    ("memory_mb", "scratch_mb"),
    "processes",
)
SCORES = ("quick_tasks", "stops_early", "ladder")
SHARED = ("lane", "max_runs")
RULES = (
    ("enforced_temperature", "enforced_seed"),
    "context_tokens",
    "allows_tools",
    ("reasoning", "reasoning_tokens"),
    ("calls_at_once", "calls_per_minute"),
)


def object_id_of(request: HttpRequest) -> Any:
    """The key of the row whose page this is; None where there is none."""
    return request.resolver_match.kwargs.get("object_id") if request.resolver_match else None


def usable_versions(request: HttpRequest, track: Track | None) -> QuerySet[SuiteVersion]:
    """Published versions of own or ownerless suites, and the one that the track has.

    Not those whose private tasks everybody knows by now.
    """
    usable = Q(published_at__isnull=False, commitment__opened_at=None)
    if not person_of(request).is_superuser:
        usable &= own_or_ownerless(person_of(request), "suite__")
    if track is not None:
        usable |= Q(pk=track.suite_version_id)
    return SuiteVersion.objects.filter(usable).select_related("suite")


class TrackInline(RuledStackedInline):
    """A hackathon's tracks; rules for calls are on a track's own page."""

    model = Track
    show_change_link = True
    form = TrackForm
    tab = True
    fields = (*WHAT, *LIMITS, *SCORES, SHARED)
    autocomplete_fields = ("allowed_models",)
    prepopulated_fields = {"slug": ("name",)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only versions that may be used, and those that the hackathon's tracks have."""
        if db_field.name == "suite_version":
            kwargs["queryset"] = usable_versions(request, None) | SuiteVersion.objects.filter(
                tracks__hackathon=object_id_of(request)
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


class MembershipInline(RuledTabularInline):
    """Who is in the team."""

    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    fields = ("person", "is_captain")
    autocomplete_fields = ("person",)
