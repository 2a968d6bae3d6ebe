"""The queue's page in the admin: what waits, what goes, who works, and the brakes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from unfold.decorators import action

from accounts.admin_access import person_of
from evaluation.domain.overview import overview_of
from evaluation.domain.steer import steer_event, steer_track, steer_worker
from evaluation.errors import MayNot
from evaluation.models import Worker
from evaluation.rules import may_steer_workers
from hackathons.domain.organize import organized_by
from hackathons.enums import Flow
from hackathons.models import Hackathon, Track

DONE = {Flow.OPEN: "goes on", Flow.DRAINING: "drains", Flow.PAUSED: "is paused"}


class SteerForm(forms.Form):
    """Which brake, and how far."""

    what = forms.ChoiceField(choices=[(what, what) for what in ("event", "track", "worker")])
    pk = forms.UUIDField()
    flow = forms.TypedChoiceField(choices=Flow.choices, coerce=Flow)


class QueuePage:
    """A page beside the list of runs."""

    actions_list: tuple[str, ...] = ("queue",)

    @action(  # type: ignore[untyped-decorator]
        description="Queue", url_path="queue", icon="low_priority"
    )
    def queue(self, request: HttpRequest) -> HttpResponse:
        """The page; a POST pauses, drains or resumes something and comes back to it."""
        if request.method == "POST":
            self._steer(request)
            return redirect("admin:evaluation_run_queue")
        person, now = person_of(request), timezone.now()
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "Queue",
            "now": now,
            "queue": overview_of(organized_by(person), at=now),
            "may_steer_workers": may_steer_workers(person),
        }
        return render(request, "admin/evaluation/queue.html", context)

    def _steer(self, request: HttpRequest) -> None:
        form = SteerForm(request.POST)
        if not form.is_valid():
            raise BadRequest("Choose what to pause, drain or resume.")
        try:
            steered = self._steered(request, form.cleaned_data)
        except MayNot as refused:
            messages.error(request, str(refused))
            return
        sentence = f"{steered} {DONE[form.cleaned_data['flow']]}."
        self.log_change(request, steered, sentence)  # type: ignore[attr-defined]
        messages.success(request, sentence)

    def _steered(self, request: HttpRequest, given: dict[str, Any]) -> Hackathon | Track | Worker:
        person, pk, flow = person_of(request), given["pk"], given["flow"]
        own = organized_by(person)
        if given["what"] == "worker":
            worker = get_object_or_404(Worker, pk=pk)
            steer_worker(worker=worker, flow=flow, person=person)
            return worker
        if given["what"] == "track":
            track = get_object_or_404(
                Track.objects.select_related("hackathon"), pk=pk, hackathon__in=own
            )
            steer_track(track=track, flow=flow, person=person)
            return track
        hackathon = get_object_or_404(own, pk=pk)
        steer_event(hackathon=hackathon, flow=flow, person=person)
        return hackathon
