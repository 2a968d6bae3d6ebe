"""What a board costs: ranked in memory, and brought up to date in PostgreSQL."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.bench.measure import Figure, median_figure
from tests.bench.stage import Stage

SIZES = (100, 1_000, 10_000)
ROUNDS = {100: 15, 1_000: 9, 10_000: 5}


def board_figures(stage: Stage) -> dict[str, Figure]:
    """At each number of teams, every team with one scored run."""
    from tests.bench.rows import crowd, hand_in, new_track

    first = hand_in(new_track(tasks=1, upstream=stage.upstream), "")
    figures, have = {}, 1
    for size in SIZES:
        crowd(first, size - have)
        have = size
        _score_all(first.track_id)
        figures |= _figures(first.track_id, size)
    return figures


def _figures(track_id: UUID, teams: int) -> dict[str, Figure]:
    from hackathons.enums import Audience
    from scoreboards.domain.boards import channel_of, refresh_board
    from scoreboards.domain.topic import snapshot

    channel = channel_of(track_id, Audience.SPECTATORS)
    ranked = _samples(teams, _ranking(track_id))
    refresh_board(track_id=track_id)
    refreshed = _samples(teams, lambda: refresh_board(track_id=track_id), _change_one(track_id))
    shown = _samples(teams, lambda: snapshot(channel))
    of = f"{teams:,} teams"
    return {
        f"rank_ms_{teams}": median_figure(ranked, "ms", f"entries_of and board_of, {of}"),
        f"refresh_ms_{teams}": median_figure(
            refreshed, "ms", f"refresh_board of both audiences when one score changed, {of}"
        ),
        f"snapshot_ms_{teams}": median_figure(shown, "ms", f"topic.snapshot, {of}"),
    }


def _ranking(track_id: UUID) -> Callable[[], object]:
    from django.utils import timezone

    from hackathons.enums import Audience
    from scoreboards.domain.entries import entries_of
    from scoreboards.domain.payload import board_of, clock_of, lens_of
    from scoreboards.domain.results import results_of, track_of

    track, now = track_of(track_id), timezone.now()
    assert track is not None
    results = results_of(track)
    lens = lens_of(track, Audience.JUDGES, now, private_tasks=False)
    clock = clock_of(track, Audience.JUDGES, now)
    return lambda: board_of(clock, entries_of(results, lens), lens)


def _samples(
    teams: int, work: Callable[[], object], before: Callable[[], object] = lambda: None
) -> list[float]:
    samples = []
    for _ in range(ROUNDS[teams]):
        before()
        began = time.perf_counter()
        work()
        samples.append((time.perf_counter() - began) * 1000)
    return samples


def _change_one(track_id: UUID) -> Callable[[], object]:
    from django.db.models.functions import Random

    from evaluation.models import Run

    runs = Run.objects.filter(submission__track=track_id)
    one: Any = runs.order_by("pk").first()
    return lambda: runs.filter(pk=one.pk).update(public_score=Random())


def _score_all(track_id: UUID) -> None:
    """Give every submission without a run a scored one, with a score by chance."""
    from django.db import connection
    from django.utils import timezone

    from evaluation.enums import RunState
    from evaluation.models import Run
    from submissions.models import Submission
    from tests.bench.rows import copy_run_to_all, open_lines
    from tests.factories import RunFactory

    scored = Run.objects.filter(submission__track=track_id).first()
    if scored is None:
        submission = Submission.objects.filter(track=track_id).first()
        ended = timezone.now() - timedelta(minutes=1)
        scored = RunFactory(submission=submission, state=RunState.SCORED, ended_at=ended)
    open_lines(scored.submission.track)
    copy_run_to_all(scored, public_score="random()")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
