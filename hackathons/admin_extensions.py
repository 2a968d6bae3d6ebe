"""Grace for all teams and extensions for one, in the admin: granted in dialogs, listed, revoked."""

import zoneinfo
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.admin_access import ReadOnlyInline, after_dialog, person_of
from accounts.models import User
from hackathons.admin_access import OrganizedReadOnlyAdmin
from hackathons.domain.extensions import grant_extension, grant_grace, revoke_extension
from hackathons.errors import UserCaused
from hackathons.extensions import LONGEST_REASON
from hackathons.models import Extension, Hackathon, Team
from hackathons.rules import is_organizer
from hackathons.timeline import local_text

MOST_MINUTES = 60 * 24 * 30
AS_EVER = (
    "The daily quota holds as ever, and the freeze is not moved: what is handed in after it is "
    "evaluated, but stays hidden until the results."
)


class LocalMomentField(forms.DateTimeField):
    """A moment as the clocks of `zone` show it."""

    zone = zoneinfo.ZoneInfo("UTC")

    def to_python(self, value: Any) -> datetime | None:
        """The moment, or a sentence where the clocks skip it or show it twice."""
        with timezone.override(self.zone):
            return super().to_python(value)


class MoreTimeForm(BaseDialogForm):  # type: ignore[misc]
    """Until when, as a number of minutes or as a moment, and why.

    Minutes count from the event's close, not from now: sent twice, it is still the same.
    """

    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        label="Minutes after submissions close",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    until = LocalMomentField(
        required=False,
        label="Or until",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Reason, one sentence",
        help_text="Those who get the time read it.",
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hackathon = self.hackathon_of(self.object_id)
        zone, closes = self.hackathon.time_zone, self.hackathon.submissions_close_at
        self.fields["until"].zone = zoneinfo.ZoneInfo(zone)
        self.fields["until"].help_text = f"In the hackathon's own time ({zone})."
        self.fields["minutes"].help_text = f"They close {local_text(self.hackathon, closes)}."

    def hackathon_of(self, object_id: Any) -> Hackathon:
        """The hackathon whose page it is."""
        return Hackathon.objects.get(pk=object_id)

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two says until when."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            if (cleaned["minutes"] is None) == (cleaned["until"] is None):
                raise ValidationError("Give a number of minutes or a moment, not both.")
            after = timedelta(minutes=cleaned["minutes"] or 0)
            cleaned["until"] = cleaned["until"] or self.hackathon.submissions_close_at + after
        return cleaned


class MoreTimeForTeamForm(MoreTimeForm):
    """The same, on a team's page."""

    def hackathon_of(self, object_id: Any) -> Hackathon:
        """The team's."""
        return Team.objects.select_related("hackathon").get(pk=object_id).hackathon


class ShowsExtensions:
    """An admin on whose pages extensions are read; they are no part of what its form sends."""

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """With the extensions of what is there already."""
        inlines = list(super().get_inlines(request, obj))  # type: ignore[misc]
        return inlines if obj is None or request.method == "POST" else [*inlines, ExtensionInline]


class GrantsGrace(ShowsExtensions):
    """What a hackathon's admin needs to give all teams more time."""

    @action(  # type: ignore[untyped-decorator]
        description="Grace for all…",
        permissions=["decide"],
        icon="more_time",
        dialog={
            "title": "Give all teams more time?",
            "description": f"After an outage, say. Everybody sees it, with the reason. {AS_EVER}",
            "form_class": MoreTimeForm,
            "form_submit_text": "Give time",
        },
    )
    def grant_grace(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        return _granted(
            request, form, form.hackathon, partial(grant_grace, hackathon=form.hackathon)
        )


class GrantsExtensions(ShowsExtensions):
    """What a team's admin needs to give the team more time."""

    @action(  # type: ignore[untyped-decorator]
        description="Extend…",
        permissions=["extend"],
        icon="more_time",
        dialog={
            "title": "Give this team more time?",
            "description": f"Only the team and the organizers see it, with the reason. {AS_EVER}",
            "form_class": MoreTimeForTeamForm,
            "form_submit_text": "Give time",
        },
    )
    def extend(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        team = self.seen(request, object_id)  # type: ignore[attr-defined]
        return _granted(request, form, team, partial(grant_extension, team=team))

    def has_extend_permission(self, request: HttpRequest, object_id: str) -> bool:
        """Organizers of the team's hackathon."""
        team = self.seen(request, object_id)  # type: ignore[attr-defined]
        return is_organizer(person_of(request), team.hackathon)


class _Shown:
    """How an extension reads: every moment in the hackathon's own time."""

    @admin.display(description="For", ordering="team__name")
    def whose(self, extension: Extension) -> str:
        """A team, or all of them."""
        return whose(extension)

    @admin.display(description="Until", ordering="until")
    def ends(self, extension: Extension) -> str:
        """When it ends by itself."""
        return local_text(extension.hackathon, extension.until)

    @admin.display(description="Granted", ordering="granted_at")
    def granted(self, extension: Extension) -> str:
        """When and by whom."""
        return _when(extension, extension.granted_at, extension.granted_by)

    @admin.display(description="Revoked", ordering="revoked_at")
    def revoked(self, extension: Extension) -> str:
        """When and by whom; a dash where it was not."""
        return _when(extension, extension.revoked_at, extension.revoked_by)


class ExtensionInline(_Shown, ReadOnlyInline):
    """More time that was given, newest first; revoked on its own page."""

    model = Extension
    tab = True
    fields = ("whose", "ends", "reason", "granted", "revoked", "page")
    readonly_fields = fields

    @admin.display(description="")
    def page(self, extension: Extension) -> str:
        """Where it can be revoked."""
        word = "Open" if _is_over(extension) else "Open or revoke"
        return format_html(
            '<a class="text-primary-600" href="{}">{}</a>', _address(extension), word
        )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With all that a line shows."""
        rows = super().get_queryset(request)
        return rows.select_related("team", "hackathon", "granted_by", "revoked_by")


@admin.register(Extension)
class ExtensionAdmin(_Shown, OrganizedReadOnlyAdmin):
    """Of own hackathons; what was granted stays on record."""

    list_display = ("whose", "hackathon", "ends", "state", "reason", "granted", "revoked")
    list_select_related = ("hackathon", "team", "granted_by", "revoked_by")
    list_filter = ("hackathon",)
    search_fields = ("team__name", "hackathon__name", "reason")
    ordering = ("-granted_at",)
    fields = ("hackathon", "whose", "ends", "state", "reason", "granted", "revoked")
    readonly_fields = fields[1:]
    actions_detail = ("revoke",)

    @admin.display(description="State")
    def state(self, extension: Extension) -> str:
        """Whether it still counts."""
        if extension.revoked_at is not None:
            return "Revoked"
        return "Over" if _is_over(extension) else "In force"

    @action(  # type: ignore[untyped-decorator]
        description="Revoke",
        permissions=["revoke"],
        icon="timer_off",
        dialog={
            "title": "Take this time back?",
            "description": "From now on it counts no more. What was accepted stays accepted, and "
            "is evaluated.",
            "form_class": None,
            "form_submit_text": "Revoke",
        },
    )
    def revoke(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        extension = self.seen(request, object_id)
        try:
            revoke_extension(extension=extension, by=person_of(request), at=timezone.now())
        except UserCaused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "Revoked.")
        return after_dialog(request, _address(extension))

    def has_revoke_permission(self, request: HttpRequest, object_id: str) -> bool:
        """Organizers of its hackathon."""
        return is_organizer(person_of(request), self.seen(request, object_id).hackathon)


def whose(extension: Extension) -> str:
    """A team, or all of them."""
    return extension.team.name if extension.team else "All teams"


def _is_over(extension: Extension) -> bool:
    return extension.ends_at <= timezone.now()


def _when(extension: Extension, at: datetime | None, by: User | None) -> str:
    if at is None:
        return "–"
    return f"{local_text(extension.hackathon, at)} by {by or 'a deleted account'}"


def _granted(
    request: HttpRequest, form: Any, row: Hackathon | Team, grant: "partial[Extension]"
) -> HttpResponse:
    """Grant what the form asks for, or say why not; back to the row's page in either case."""
    given = {name: form.cleaned_data[name] for name in ("until", "reason")}
    try:
        extension = grant(**given, by=person_of(request), at=timezone.now())
    except UserCaused as refused:
        messages.error(request, str(refused))
    else:
        until = local_text(extension.hackathon, extension.until)
        messages.success(request, f"{whose(extension)} may hand in until {until}.")
    return after_dialog(request, _address(row))


def _address(row: Any) -> str:
    """Of the row's page in the admin."""
    return reverse(f"admin:hackathons_{row._meta.model_name}_change", args=[row.pk])
