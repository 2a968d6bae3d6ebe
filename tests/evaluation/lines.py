"""Waiting runs for tests: events with tracks, teams and runs in their lines; and a recount."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q
from django.utils import timezone

from evaluation.domain.claim import claim_run
from evaluation.domain.line import ALL_LANES, line_of
from evaluation.enums import ACTIVE
from evaluation.models import Line, Run, Share
from hackathons.enums import Lane
from hackathons.models import Hackathon, Team, Track
from tests.factories import (
    HackathonFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
)

CLOSES = timezone.now() + timedelta(days=1)


def made_track(hackathon: Hackathon | None = None, **facts: Any) -> Track:
    """A track, of a new hackathon that closes when all others do unless one is given."""
    event = hackathon or HackathonFactory(submissions_close_at=CLOSES)
    track: Track = TrackFactory(hackathon=event, suite_version=SuiteVersionFactory(), **facts)
    return track


def made_team(track: Track, **facts: Any) -> Team:
    """A team without members."""
    team: Team = TeamFactory(hackathon=track.hackathon, members=0, **facts)
    return team


def waiting(
    track: Track, team: Team, *, at: datetime | None = None, background: bool = False, **facts: Any
) -> Run:
    """A queued run of the team in the track."""
    submission = SubmissionFactory(track=track, team=team, submitted_by=None)
    line = line_of(submission, background=background)
    queued_at = at or timezone.now()
    run: Run = RunFactory(submission=submission, line=line, queued_at=queued_at, **facts)
    return run


def claimed(times: int = 1, *, lanes: Sequence[Lane] = ALL_LANES) -> list[Run]:
    """The runs that so many claims take, in order; fewer where nothing may go on."""
    claims = [claim_run(worker="runs@test:1", lanes=lanes) for _ in range(times)]
    return [Run.objects.get(pk=claim.run_id) for claim in claims if claim is not None]


def teams_of(runs: Sequence[Run]) -> list[Team]:
    """Whose they are."""
    return [run.submission.team for run in runs]


def at_once(threads: int, work: Callable[[], object]) -> None:
    """Do the same in so many threads, each with a connection of its own."""

    def done() -> None:
        try:
            work()
        finally:
            connection.close()

    workers = [threading.Thread(target=done) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def assert_counted() -> None:
    """What the triggers counted in lines and shares is what there is."""
    active, queued = Q(runs__state__in=sorted(ACTIVE)), Q(runs__state="queued")
    lines = Line.objects.annotate(
        waits=Count("runs", filter=queued), goes=Count("runs", filter=active)
    )
    assert not lines.exclude(waiting=F("waits"), running=F("goes")).exists()
    going = Run.objects.filter(state__in=sorted(ACTIVE))
    for share in Share.objects.all():
        own = going.filter(line__hackathon=share.hackathon)
        own = own if share.team is None else own.filter(line__team=share.team)
        assert share.running == own.count()
