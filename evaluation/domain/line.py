"""Where a run waits: the line of its team in its track, and the order of all lines."""

from uuid import UUID

from django.db.models.functions import Now

from evaluation.models import Line, Share
from hackathons.enums import Lane
from submissions.models import Submission

ALL_LANES = tuple(Lane)

# When the team's submissions close, with all the time that it was given.
DEADLINE = (
    "greatest(hackathon.submissions_close_at, hackathon.more_time_until, team.more_time_until)"
)
# Lines that may go on: nobody paused or drained them, and no limit is reached.
MAY_GO_ON = """
FROM evaluation_line AS line
JOIN hackathons_hackathon AS hackathon ON hackathon.id = line.hackathon_id
JOIN hackathons_track AS track ON track.id = line.track_id
JOIN hackathons_team AS team ON team.id = line.team_id
JOIN evaluation_share AS event
    ON event.hackathon_id = line.hackathon_id AND event.team_id IS NULL
JOIN evaluation_share AS own
    ON own.hackathon_id = line.hackathon_id AND own.team_id = line.team_id
WHERE line.waiting > 0 AND hackathon.flow = 'open' AND track.flow = 'open'
    AND track.lane = ANY(%(lanes)s)
    AND (hackathon.max_runs IS NULL OR event.running < hackathon.max_runs)
    AND (hackathon.team_max_runs IS NULL OR own.running < hackathon.team_max_runs)
    AND (track.max_runs IS NULL OR track.max_runs > (
        SELECT sum(running) FROM evaluation_line WHERE track_id = track.id))
"""
# Best first. Those that come out equal share a place: there age decides.
OPEN_LINES = f"""
SELECT line.id, line.track_id, dense_rank() OVER (ORDER BY
    line.background,
    event.running / hackathon.share_weight,
    evaluation_recent(event.recent_seconds, event.measured_at) / hackathon.share_weight,
    own.running / team.share_weight,
    evaluation_recent(own.recent_seconds, own.measured_at) / team.share_weight,
    {DEADLINE}
) AS place
{MAY_GO_ON}"""
# Who is next in the fair order, if anything that waits may go on. Events, then their teams, are
# ordered by what they have running, then by what they used lately, both for each unit of their
# weight; then the nearest deadline, then the oldest run.
NEXT_IN_LINE = f"""
WITH open AS ({OPEN_LINES} AND line.hackathon_id = ANY(%(events)s::uuid[]))
SELECT head.id, head.attempt, open.track_id
FROM open CROSS JOIN LATERAL (
    SELECT run.id, run.attempt, run.queued_at FROM evaluation_run AS run
    WHERE run.line_id = open.id AND run.state = 'queued'
        AND run.available_at <= statement_timestamp()
    ORDER BY run.queued_at LIMIT 1
) AS head
WHERE open.place <= %(places)s::integer
ORDER BY open.place, head.queued_at LIMIT 1
"""


def line_of(submission: Submission, *, background: bool = False) -> Line:
    """The line that runs of the submission stand in, with the shares that it is counted in."""
    hackathon_id = submission.track.hackathon_id
    for team_id in (None, submission.team_id):
        ensure_share(hackathon_id=hackathon_id, team_id=team_id)
    line, _ = Line.objects.get_or_create(
        track_id=submission.track_id,
        team_id=submission.team_id,
        background=background,
        defaults={"hackathon_id": hackathon_id},
    )
    return line


def ensure_share(*, hackathon_id: UUID, team_id: UUID | None) -> None:
    """The share of a team, or of the whole event, is there; none of it used at first."""
    of = Share.objects.filter(hackathon=hackathon_id)
    own = of.filter(team=None) if team_id is None else of.filter(team=team_id)
    if not own.exists():
        new = Share(hackathon_id=hackathon_id, team_id=team_id, measured_at=Now())
        Share.objects.bulk_create([new], ignore_conflicts=True)
