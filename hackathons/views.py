"""The pages that everybody may see: the hackathons, one hackathon, one track."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hackathons.domain.queries import listed_hackathons, summary_of, teams_of, tracks_of
from hackathons.models import Hackathon, Track
from hackathons.rules import (
    is_organizer,
    may_form_teams,
    may_submit,
    more_time_for,
    sees_everything,
    team_of,
)
from hackathons.timeline import standing_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All hackathons, each with where it stands now."""
    now = timezone.now()
    listed = [
        (found, standing_of(found, now, more_time_for(found, None)))
        for found in listed_hackathons().prefetch_related("extensions")
    ]
    return render(request, "hackathons/home.html", {"listed": listed})


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The contract for participants."""
    return render(request, "hackathons/guide.html")


@require_safe
def hackathon(request: HttpRequest, hackathon: str) -> HttpResponse:
    """One hackathon: its timeline, tracks and teams."""
    found = get_object_or_404(Hackathon, slug=hackathon)
    now, own = timezone.now(), team_of(request.user, found)
    context = {
        "hackathon": found,
        "standing": standing_of(found, now, more_time_for(found, own)),
        "tracks": tracks_of(found),
        "teams": teams_of(found),
        "team": own,
        "may_form_teams": may_form_teams(found, now),
        "may_submit": may_submit(found, now, own),
        "is_organizer": is_organizer(request.user, found),
        "sees_everything": sees_everything(request.user, found),
    }
    return render(request, "hackathons/hackathon.html", context)


@require_safe
def track(request: HttpRequest, hackathon: str, track: str) -> HttpResponse:
    """One track: what is asked, by which limits, and how to take part."""
    found = get_object_or_404(
        Track.objects.select_related(
            "hackathon", "suite_version__suite", "suite_version__commitment"
        ),
        slug=track,
        hackathon__slug=hackathon,
    )
    now, own = timezone.now(), team_of(request.user, found.hackathon)
    context = {
        "hackathon": found.hackathon,
        "track": found,
        "standing": standing_of(found.hackathon, now, more_time_for(found.hackathon, own)),
        "tasks": summary_of(found.suite_version),
        "models": list(found.allowed_models.order_by("name")),
        "team": own,
        "may_form_teams": may_form_teams(found.hackathon, now),
        "may_submit": may_submit(found.hackathon, now, own),
        "sees_everything": sees_everything(request.user, found.hackathon),
    }
    return render(request, "hackathons/track.html", context)
