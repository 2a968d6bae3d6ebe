"""The pages of submissions and their runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from corral.verdicts import Verdict
from evaluation.domain.breakdown import BestOf, best_of, tag_scores
from evaluation.domain.calls import called_in
from evaluation.domain.judged_by import judges_of
from evaluation.domain.queries import (
    SeenRun,
    SeenSubmission,
    VerdictCount,
    attempts_of,
    events_of,
    results_for_page,
    submission_for_person,
    submissions_for_person,
    tags_of,
    verdict_counts,
    with_runs,
)
from evaluation.domain.quick import quick_score
from evaluation.domain.savings import stopped_early
from evaluation.models import TaskResult
from evaluation.rules import Sight, may_cancel, may_run_again
from evaluation.text import whole_log
from hackathons.models import Track
from hackathons.rules import is_member, may_submit, sees_everything, team_of

PAGE = 100


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """A run's results as filtered: one page of them, and what there is to filter by."""

    page: "Page[TaskResult]"
    verdicts: list[VerdictCount]
    tags: list[str]
    verdict: str
    tag: str

    @property
    def query(self) -> str:
        """The filter as a query string, for links to other pages."""
        chosen = {"verdict": self.verdict, "tag": self.tag}
        return urlencode({name: value for name, value in chosen.items() if value})


@require_safe
@login_required
def submissions(request: HttpRequest, hackathon: str, track: str) -> HttpResponse:
    """A team's submissions to a track; judges and organizers see every team's."""
    found = get_object_or_404(
        Track.objects.select_related("hackathon"), slug=track, hackathon__slug=hackathon
    )
    now, event = timezone.now(), found.hackathon
    team = team_of(request.user, event)
    listed = submissions_for_person(person=request.user, track=found)
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    rows = with_runs(page.object_list, person=request.user, hackathon=event, at=now)
    every_team = sees_everything(request.user, event)
    context = {
        "track": found,
        "hackathon": event,
        "page": page,
        "rows": rows,
        "best_of": None if every_team else _best_of(rows, now),
        "team": team,
        "every_team": every_team,
        "open": may_submit(event, now, team),
    }
    return render(request, "evaluation/submissions.html", context)


@require_safe
def submission(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A submission with its run: verdicts, what decides, attempts, tasks and log."""
    seen = seen_submission(request, pk)
    context = status_context(request, seen)
    if seen.seen is not None:
        context |= {
            "events": events_of(seen.seen.run),
            "attempts": attempts_of(seen.seen.run),
            "judges": judges_of(seen.seen),
            "results": _results(request, seen.seen),
            "called": called_in(seen.seen),
            "tag_scores": tag_scores(seen.seen),
        }
    return render(request, "evaluation/submission.html", context)


@require_safe
def status(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that a run's progress changes."""
    return render(
        request,
        "evaluation/partials/status.html",
        status_context(request, seen_submission(request, pk)),
    )


@require_safe
def results(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page with the tasks."""
    seen = seen_submission(request, pk)
    context = page_context(request, seen)
    if seen.seen is not None:
        context |= {"results": _results(request, seen.seen), "called": called_in(seen.seen)}
    return render(request, "evaluation/partials/results.html", context)


@require_safe
def row(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a run's progress changes of a line in the list."""
    return render(
        request, "evaluation/partials/row.html", page_context(request, seen_submission(request, pk))
    )


@require_safe
def log(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """The stored log of an attempt as a file, as the project wrote it."""
    seen = seen_submission(request, pk)
    attempt = seen.seen and attempts_of(seen.seen.run).filter(number=number).first()
    if not attempt:
        raise Http404
    if attempt.log_removed:
        return HttpResponse(attempt.log_removed, status=410, content_type="text/plain")
    stored = whole_log(attempt.log_head, attempt.log_tail, attempt.log_bytes)
    response = HttpResponse(stored, content_type="text/plain; charset=utf-8")
    name = f"submission-{seen.submission.number}-attempt-{number}.log"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def seen_submission(request: HttpRequest, pk: UUID) -> SeenSubmission:
    """The submission as the person sees it; 404 where they may not know of it."""
    seen = submission_for_person(person=request.user, pk=pk, at=timezone.now())
    if seen is None:
        raise Http404
    return seen


def page_context(request: HttpRequest, seen: SeenSubmission) -> dict[str, Any]:
    """What every page of a submission, or part of one, shows."""
    hackathon = seen.submission.track.hackathon
    member = is_member(request.user, seen.submission.team)
    run, now = seen.seen and seen.seen.run, timezone.now()
    return {
        "submission": seen.submission,
        "seen": seen.seen,
        "run": run,
        "best_of": seen.seen and best_of(seen.seen, now),
        "everything": seen.sight is Sight.EVERYTHING,
        "track": seen.submission.track,
        "hackathon": hackathon,
        "may_declare": member and may_submit(hackathon, now, seen.submission.team),
        "may_cancel": run and not run.ended and may_cancel(request.user, run),
        "may_run_again": run and run.ended and may_run_again(request.user, run, now),
    }


def status_context(request: HttpRequest, seen: SeenSubmission) -> dict[str, Any]:
    """What the page shows whose part a run's progress changes."""
    told = seen.seen and {"quick": quick_score(seen.seen), "stopped": stopped_early(seen.seen)}
    return page_context(request, seen) | (told or {})


def _best_of(rows: Sequence[SeenSubmission], at: datetime) -> BestOf | None:
    """Of a team's submissions, as listed, how many its best is the best of."""
    scored = [one.seen for one in rows if one.seen and one.seen.score is not None]
    best = max(scored, key=lambda seen: seen.score or 0.0, default=None)
    return best_of(best, at) if best else None


def _results(request: HttpRequest, seen: SeenRun) -> ResultsPage:
    verdict, tag = request.GET.get("verdict", ""), request.GET.get("tag", "")
    verdict = verdict if verdict in set(Verdict) else ""
    tags = tags_of(seen)
    tag = tag if tag in tags else ""
    found = results_for_page(seen, verdict=verdict, tag=tag)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return ResultsPage(page, verdict_counts(seen), tags, verdict, tag)
