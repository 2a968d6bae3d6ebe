"""The pages on which a team hands in a project and declares its final one."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from hackathons.models import Team, Track
from hackathons.rules import deadline_for, is_member, may_submit, sees_everything, team_of
from submissions.domain.accept import accept_submission
from submissions.domain.final import declare_final
from submissions.domain.quota import quota_left
from submissions.errors import NotAMember, NotInTime
from submissions.forms import SubmitForm
from submissions.models import Submission
from submissions.refusals import REFUSED, problems_of, status_of
from submissions.uploads import TOO_LARGE, MeasuredUpload, declares_too_much, measure, received_at


@csrf_exempt  # the upload must be measured before the check reads it; _submit is protected
@require_http_methods(["GET", "POST"])
@login_required
def submit(request: HttpRequest, hackathon: str, track: str) -> HttpResponse:
    """The form, and the upload itself."""
    found = get_object_or_404(
        Track.objects.select_related("hackathon", "suite_version__suite"),
        slug=track,
        hackathon__slug=hackathon,
    )
    measured = measure(request)
    if declares_too_much(request):
        return _page(request, found, problems=[TOO_LARGE], status=413)
    return _submit(request, found, measured)


@csrf_protect
def _submit(request: HttpRequest, track: Track, measured: MeasuredUpload) -> HttpResponse:
    team = team_of(request.user, track.hackathon)
    if request.method != "POST" or team is None:
        return _page(request, track, status=200 if team else 403)
    arrived = received_at(request)
    form = SubmitForm(request.POST, request.FILES)
    if measured.too_large:
        return _page(request, track, problems=[TOO_LARGE], status=413)
    if not form.is_valid():
        return _page(request, track, form=form, status=400)
    try:
        return _accept(request, track, team, form.cleaned_data["archive"], arrived)
    except REFUSED as refused:
        return _page(request, track, problems=problems_of(refused), status=status_of(refused))


def _accept(
    request: HttpRequest, track: Track, team: Team, archive: "UploadedFile[Any]", arrived: datetime
) -> HttpResponse:
    """Hand the upload in and go to the page of its submission."""
    accepted = accept_submission(
        team=team,
        track=track,
        person=cast(User, request.user),
        upload=archive,
        file_name=archive.name or "",
        received_at=arrived,
    )
    if accepted.created:
        messages.success(request, f"Submission #{accepted.submission.number} was accepted.")
    else:
        messages.info(request, "Your team has sent exactly these bytes before: here they are.")
    return redirect(accepted.submission)


def _page(
    request: HttpRequest,
    track: Track,
    *,
    form: SubmitForm | None = None,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form with what is allowed, what is left of the quota, and what was wrong."""
    now = timezone.now()
    team = team_of(request.user, track.hackathon)
    context = {
        "track": track,
        "hackathon": track.hackathon,
        "team": team,
        "form": form or SubmitForm(),
        "problems": problems or [],
        "open": may_submit(track.hackathon, now, team),
        "deadline": deadline_for(track.hackathon, team),
        "quota": team and quota_left(team=team, track=track, at=now),
        "models": track.allowed_models.order_by("slug"),
    }
    return render(request, "submissions/submit.html", context, status=status)


@require_POST
@login_required
def final(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Declare a submission final, and go back to the team's submissions."""
    person = cast(User, request.user)
    submission = get_object_or_404(
        Submission.objects.select_related("team", "track__hackathon"), pk=pk
    )
    hackathon = submission.track.hackathon
    if not is_member(person, submission.team) and not sees_everything(person, hackathon):
        raise Http404
    try:
        declare_final(submission=submission, person=person, at=timezone.now())
    except NotAMember:
        return HttpResponse("Only the team can do this.", status=403, content_type="text/plain")
    except NotInTime as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Submission #{submission.number} is final.")
    return redirect("evaluation:submissions", hackathon.slug, submission.track.slug)
