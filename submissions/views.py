"""The pages on which a team hands in a project and declares its final one."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from corral.errors import ProjectRefused
from hackathons.models import Track
from hackathons.rules import is_member, may_submit, sees_everything, team_of
from submissions.domain.accept import accept_submission
from submissions.domain.final import declare_final
from submissions.domain.quota import quota_left
from submissions.errors import NotAMember, NotInTime, QuotaUsedUp, UploadTooLarge, UserCaused
from submissions.forms import SubmitForm
from submissions.models import Submission
from submissions.uploads import TOO_LARGE, MeasuredUpload, declares_too_much, measure, received_at

STATUS: dict[type[Exception], int] = {
    NotAMember: 403,
    NotInTime: 403,
    UploadTooLarge: 413,
    QuotaUsedUp: 429,
    ProjectRefused: 400,
}


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
    person = cast(User, request.user)
    team = team_of(person, track.hackathon)
    if request.method != "POST":
        return _page(request, track, status=200 if team else 403)
    if team is None:
        return _page(request, track, status=403)
    arrived = received_at(request)
    form = SubmitForm(request.POST, request.FILES)
    if measured.too_large:
        return _page(request, track, problems=[TOO_LARGE], status=413)
    if not form.is_valid():
        return _page(request, track, form=form, status=400)
    archive = form.cleaned_data["archive"]
    try:
        accepted = accept_submission(
            team=team,
            track=track,
            person=person,
            upload=archive,
            file_name=archive.name,
            received_at=arrived,
        )
    except (UserCaused, ProjectRefused) as refused:
        problems = getattr(refused, "problems", [str(refused)])
        return _page(request, track, problems=problems, status=STATUS[type(refused)])
    if accepted.created:
        messages.success(request, f"Submission #{accepted.submission.number} was accepted.")
    else:
        messages.info(request, "Your team sent exactly these bytes before; here is their run.")
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
        "open": may_submit(track.hackathon, now),
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
