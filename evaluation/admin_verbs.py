"""What organizers do to runs in the admin: cancel them, and run them again."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from unfold.decorators import action

from accounts.admin_access import after_dialog, person_of
from evaluation.domain.cancel import cancel_run, repeat_run
from evaluation.errors import UserCaused
from evaluation.models import Run

MOST_AT_ONCE = 1000  # about as many form fields as Django takes


class RunVerbs:
    """Actions on one run and on a selection; each asks first, and only a POST does anything."""

    actions_detail: tuple[str, ...] = ("cancel_now", "run_again_now")
    actions: tuple[str, ...] = ("cancel_selected", "run_again_selected")

    @action(  # type: ignore[untyped-decorator]
        description="Cancel",
        icon="cancel",
        dialog={
            "title": "Cancel this run?",
            "description": "Its program is stopped at once; what it has answered is kept, and it "
            "gets no score.",
            "form_class": None,
            "form_submit_text": "Cancel the run",
        },
    )
    def cancel_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        return self._one(request, object_id, cancel_run, "is cancelled")

    @action(  # type: ignore[untyped-decorator]
        description="Run again",
        icon="replay",
        dialog={
            "title": "Run it again?",
            "description": "A new run of the same files is queued and counts in the place of this "
            "one, which stays in the records. Only a run without a score can be run again.",
            "form_class": None,
            "form_submit_text": "Queue it again",
        },
    )
    def run_again_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Only a POST gets here."""
        return self._one(request, object_id, repeat_run, "is queued again")

    @admin.action(description="Cancel the selected runs …")
    def cancel_selected(self, request: HttpRequest, rows: QuerySet[Run]) -> HttpResponse | None:
        """Ask, then cancel those that have not ended."""
        return self._many(
            request,
            rows,
            cancel_run,
            "cancelled",
            "Their programs are stopped at once; what they have answered is kept. Those that have "
            "ended stay as they are.",
        )

    @admin.action(description="Run the selected ones again …")
    def run_again_selected(self, request: HttpRequest, rows: QuerySet[Run]) -> HttpResponse | None:
        """Ask, then queue those again that ended without a score."""
        return self._many(
            request,
            rows,
            repeat_run,
            "queued again",
            "A new run is queued in the place of each that ended without a score. The others stay "
            "as they are.",
        )

    def _one(
        self, request: HttpRequest, object_id: str, verb: Callable[..., object], done: str
    ) -> HttpResponse:
        run = self.seen(request, object_id)  # type: ignore[attr-defined]
        try:
            verb(run=run, person=person_of(request))
        except UserCaused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{run} {done}.")
        return after_dialog(request, reverse("admin:evaluation_run_change", args=[run.pk]))

    def _many(
        self,
        request: HttpRequest,
        rows: QuerySet[Run],
        verb: Callable[..., object],
        done: str,
        sentence: str,
    ) -> HttpResponse | None:
        chosen = list(rows.select_related("submission__track__hackathon")[:MOST_AT_ONCE])
        if "confirmed" not in request.POST:
            return self._ask(request, chosen, sentence)
        failed = 0
        for run in chosen:
            try:
                verb(run=run, person=person_of(request))
            except UserCaused:
                failed += 1
        tell = messages.warning if failed else messages.success
        others = f"; {failed} stayed as they are" if failed else ""
        tell(request, f"{len(chosen) - failed} {done}{others}.")
        return None

    def _ask(self, request: HttpRequest, chosen: list[Run], sentence: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "Are you sure?",
            "opts": Run._meta,
            "action": request.POST["action"],
            "rows": chosen,
            "sentence": sentence,
            "button": f"Yes, all {len(chosen)}" if len(chosen) > 1 else "Yes",
        }
        return render(request, "admin/evaluation/confirm.html", context)
