"""Where a team stands on its track's scoreboard, for the pages of its runs."""

from typing import Any

from django import template

from hackathons.enums import Audience
from scoreboards.domain.boards import stored_board
from scoreboards.shown import band_of, range_of
from submissions.models import Submission

register = template.Library()


@register.inclusion_tag("scoreboards/partials/standing.html")
def standing(submission: Submission, everything: bool) -> dict[str, Any]:
    """The team's line, on the board that the reader sees: the judges' where `everything` is seen.

    A board that is not up to date is about to be; no page of a run waits for that.
    """
    track, team = submission.track, submission.team
    audience = Audience.JUDGES if everything else Audience.SPECTATORS
    board = stored_board(track=track, audience=audience)
    rows = board.snapshot["rows"] if board else []
    row = next((row for row in rows if row["team"] == team.slug and row["rank_label"]), None)
    return {
        "submission": submission,
        "track": track,
        "row": row,
        "range": row and range_of(row),
        "band": row and band_of(row),
    }
