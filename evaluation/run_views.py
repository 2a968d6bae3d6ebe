"""What people do to a run on its page: cancel it, and run it again."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from evaluation.domain.cancel import cancel_run, repeat_run
from evaluation.domain.queries import run_for_person
from evaluation.errors import MayNot, UserCaused


@require_POST
@login_required
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a run that waits or goes on, and go back to its page."""
    return _done(request, pk, cancel_run, "The run is cancelled.")


@require_POST
@login_required
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Queue a new run in its place, and go back to the page."""
    return _done(request, pk, repeat_run, "The submission is queued again.")


def _done(
    request: HttpRequest, pk: UUID, verb: Callable[..., object], sentence: str
) -> HttpResponse:
    seen = run_for_person(person=request.user, pk=pk, at=timezone.now())
    if seen is None:
        raise Http404
    try:
        verb(run=seen.run, person=cast(User, request.user))
    except MayNot as refused:
        return HttpResponse(str(refused), status=403, content_type="text/plain")
    except UserCaused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, sentence)
    return redirect("evaluation:submission", seen.run.submission_id)
