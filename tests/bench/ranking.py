"""What a board costs: ranked in memory, and brought up to date in PostgreSQL."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.bench.measure import Figure, median_figure
from tests.bench.stage import Stage

SIZES = (100, 1_000, 10_000)
RANGED = (100, 200)
RANGED_TASKS = 500
ROUNDS = {100: 15, 200: 15, 1_000: 9, 10_000: 5}


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
    return figures | _range_figures(stage)


def _range_figures(stage: Stage) -> dict[str, Figure]:
    """With a result for every task: what ranks the results do not exclude is computed, too."""
    from tests.bench.rows import crowd, hand_in, new_track

    first = hand_in(new_track(tasks=RANGED_TASKS, upstream=stage.upstream), "")
    figures, have = {}, 1
    for size in RANGED:
        crowd(first, size - have)
        have = size
        _score_all(first.track_id)
        _answer_all(first.track_id)
        figures |= _ranged(first.track_id, size)
    return figures


def _ranged(track_id: UUID, teams: int) -> dict[str, Figure]:
    from evaluation.domain import task_scores
    from scoreboards.domain import ranges
    from scoreboards.domain.boards import refresh_board

    change = _change_one(track_id)

    def forget() -> None:
        """As in a process that was just started."""
        change()
        ranges._spans.cache_clear()
        task_scores.kept.clear()

    refresh_board(track_id=track_id)
    warm = _samples(teams, lambda: refresh_board(track_id=track_id), change)
    cold = _samples(teams, lambda: refresh_board(track_id=track_id), forget)
    of = f"{teams:,} teams with results for {RANGED_TASKS:,} tasks"
    return {
        f"ranges_ms_{teams}": median_figure(
            warm, "ms", f"refresh_board of both audiences when one score changed, {of}"
        ),
        f"ranges_cold_ms_{teams}": median_figure(
            cold, "ms", f"the same, by a process that knows no result yet, {of}"
        ),
    }


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
    from scoreboards.domain.findings import Findings
    from scoreboards.domain.payload import board_of, clock_of, lens_of, ranked_of
    from scoreboards.domain.results import results_of, track_of

    track, now = track_of(track_id), timezone.now()
    assert track is not None
    results = results_of(track)
    lens = lens_of(track, Audience.JUDGES, now, private_tasks=False)
    clock = clock_of(track, Audience.JUDGES, now)
    return lambda: board_of(clock, ranked_of(entries_of(results, lens)), lens, Findings())


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


def _answer_all(track_id: UUID) -> None:
    """Give every run without results one for each task of its suite, solved or not by chance."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evaluation_taskresult (run_id, task_id, attempt, split, output, cut, "
            "answer, verdict, score, explanation, recorded_at) "
            "SELECT r.id, t.id, 1, t.split, '', false, '', 'correct', "
            "(random() < 0.3 + 0.5 * rank() OVER (ORDER BY r.id) / %s)::int, '', now() "
            "FROM evaluation_run r JOIN submissions_submission s ON s.id = r.submission_id "
            "JOIN catalogue_task t ON t.suite_version_id = r.suite_version_id "
            "WHERE s.track_id = %s "
            "AND NOT EXISTS (SELECT FROM evaluation_taskresult x WHERE x.run_id = r.id)",
            [RANGED[-1] * RANGED_TASKS, track_id],
        )
        cursor.execute("VACUUM ANALYZE")
