"""The page of a board: whole without JavaScript, and moving by itself with it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hackathons.enums import Audience
from hackathons.models import Track
from hackathons.rules import audience_of, team_of
from scoreboards.domain.boards import channel_of, current_board
from scoreboards.domain.topic import snapshot_message
from scoreboards.shown import lines_of, moment, other_column


@never_cache
@require_safe
def board(request: HttpRequest, hackathon: str, track: str) -> HttpResponse:
    """The track's board as the person's audience sees it; ?screen=1 for a giant screen."""
    found = get_object_or_404(
        Track.objects.select_related("hackathon", "suite_version"),
        slug=track,
        hackathon__slug=hackathon,
    )
    audience = audience_of(request.user, found.hackathon)
    snapshot = snapshot_message(current_board(track=found, audience=audience), found, audience)
    header = snapshot["board"]["header"]
    judges = audience == Audience.JUDGES
    on_ladder = header["ladder"] and not judges
    context = {
        "hackathon": found.hackathon,
        "track": found,
        "judges": judges,
        "on_ladder": on_ladder,
        "has_luck": header["ranked_by"] == "public" and not on_ladder,
        "screen": request.GET.get("screen") == "1",
        "channel": channel_of(found.pk, audience),
        "snapshot": {**snapshot, "now": timezone.now().timestamp()},
        "own": team_of(request.user, found.hackathon),
        "other": other_column(header),
        "header": header,
        "lines": lines_of(snapshot["board"], snapshot["activity"]),
        "frozen_at": moment(header, "freezes_at"),
    }
    return render(request, "scoreboards/board.html", context)
