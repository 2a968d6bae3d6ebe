"""Re-evaluations in the admin: begun, previewed, then applied or discarded as a whole."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action

from accounts.admin_access import RuledAdmin, after_dialog, person_of
from accounts.models import User
from evaluation.domain.reevaluate import discard_reevaluation, retry_failed, start_reevaluation
from evaluation.domain.shadow import progress_of
from evaluation.enums import ReevaluationKind
from evaluation.errors import UserCaused
from evaluation.models import Reevaluation
from hackathons.admin_access import OrganizedRows
from hackathons.admin_inlines import usable_versions
from hackathons.domain.organize import organized_by
from hackathons.models import Track
from hackathons.rules import is_organizer
from scoreboards.admin_forms import ApplyForm, ReevaluationForm
from scoreboards.domain.preview import Change
from scoreboards.domain.reevaluations import apply_reevaluation, preview_of, used_by


@admin.register(Reevaluation)
class ReevaluationAdmin(OrganizedRows, RuledAdmin):
    """Those of own hackathons; once begun, nothing of one is changed by hand."""

    hackathon_path = "track__hackathon"
    form = ReevaluationForm
    change_form_outer_before_template = "admin/evaluation/reevaluation/preview.html"
    list_display = ("track", "kind", "suite_version", "state", "created_at", "decided_at")
    list_select_related = ("track__hackathon", "suite_version__suite")
    list_filter = ("state", "kind")
    search_fields = ("track__name", "reason")
    actions_detail = ("apply_now", "try_again", "discard_now")
    begun = (
        "track",
        "kind",
        "suite_version",
        "previous_version",
        "state",
        "reason",
        "requested_by",
        "created_at",
        "decided_by",
        "decided_at",
    )

    def may_change(self, person: User, obj: Any) -> bool:
        """Nobody: it is decided by its actions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, a superuser neither."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what was decided stays for all to read."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is asked at first, and then what became of it."""
        return ReevaluationForm.Meta.fields if obj is None else self.begun

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """The form knows who asks."""
        made = super().get_form(request, obj, **kwargs)
        made.person = person_of(request)
        return made

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Own tracks, and versions that may be used."""
        if db_field.name == "track":
            kwargs["queryset"] = self._own_tracks(request).select_related("hackathon")
        if db_field.name == "suite_version":
            asked = request.POST.get("track") or request.GET.get("track") or ""
            track = self._own_tracks(request).filter(pk=asked).first() if is_uuid(asked) else None
            kwargs["queryset"] = usable_versions(request, track)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Begin it."""
        begun = start_reevaluation(
            track=obj.track,
            version=obj.suite_version,
            kind=ReevaluationKind(obj.kind),
            reason=obj.reason,
            person=person_of(request),
        )
        obj.pk, obj._state.adding = begun.pk, False

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """To its page, where it can be watched."""
        return redirect(self._page(obj))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *rest: Any
    ) -> Any:
        """Two organizers may begin one at the same moment: the second is told so."""
        try:
            return super().changeform_view(request, object_id, *rest)
        except UserCaused as refused:
            messages.error(request, str(refused))
            return redirect(reverse("admin:evaluation_reevaluation_changelist"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """With how far it is, and every rank that it changes or changed."""
        found: Reevaluation = self.seen(request, object_id)
        context = {"reevaluation": found, "used": used_by(found)}
        if found.is_open:
            context |= {"progress": progress_of(found), "views": _views(found)}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """None once it is decided."""
        found: list[Any] = super().get_actions_detail(request, object_id)
        return found if self.seen(request, str(object_id)).is_open else []

    def has_decide_permission(self, request: HttpRequest, object_id: str) -> bool:
        """Organizers decide."""
        return is_organizer(person_of(request), self.seen(request, object_id).track.hackathon)

    @action(  # type: ignore[untyped-decorator]
        description="Apply",
        permissions=["decide"],
        icon="check",
        dialog={
            "title": "Let these results count?",
            "description": "All at once: the boards show the new ranks, the track has the new "
            "version, and participants read what changed and why. While a freeze holds, "
            "spectators go on seeing what it froze.",
            "form_class": ApplyForm,
            "form_submit_text": "Apply",
        },
    )
    def apply_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        verb = partial(apply_reevaluation, without_failed=form.cleaned_data["without_failed"])
        return self._decide(request, object_id, verb, "Applied: these results count.")

    @action(  # type: ignore[untyped-decorator]
        description="Discard",
        permissions=["decide"],
        icon="close",
        dialog={
            "title": "Discard this re-evaluation?",
            "description": "Nothing changes but that participants read that it was tried. What "
            "has not ended of it is stopped.",
            "form_class": None,
            "form_submit_text": "Discard",
        },
    )
    def discard_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        done = "Discarded: nothing has changed."
        return self._decide(request, object_id, discard_reevaluation, done)

    @action(  # type: ignore[untyped-decorator]
        description="Try failed ones again",
        permissions=["decide"],
        icon="replay",
        dialog={
            "title": "Try again what the platform failed?",
            "description": "Those of its runs that ended without a result by the platform's "
            "fault, or that somebody cancelled, are queued once more.",
            "form_class": None,
            "form_submit_text": "Try again",
        },
    )
    def try_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        return self._decide(request, object_id, retry_failed, "Runs queued again: {}.")

    def _decide(
        self, request: HttpRequest, object_id: str, verb: Callable[..., object], done: str
    ) -> HttpResponse:
        """Do it, and say so; `done` may hold what the verb gives back."""
        found = self.seen(request, object_id)
        try:
            result = verb(reevaluation=found, person=person_of(request))
        except UserCaused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, done.format(result))
        return after_dialog(request, self._page(found))

    def _page(self, obj: Any) -> str:
        return reverse("admin:evaluation_reevaluation_change", args=[obj.pk])

    def _own_tracks(self, request: HttpRequest) -> QuerySet[Track]:
        return Track.objects.filter(hackathon__in=organized_by(person_of(request)))


def is_uuid(text: str) -> bool:
    """Whether it may be a key at all."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _views(reevaluation: Reevaluation) -> list[tuple[str, tuple[Change, ...]]]:
    found = preview_of(reevaluation)
    both = (("By the public tasks", found.public), ("By the private tasks", found.private))
    return [(title, changes) for title, changes in both if changes]
