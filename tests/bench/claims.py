"""How long a claim takes while few, many, and very many runs wait."""

import time

from tests.bench.measure import Figure, median_figure
from tests.bench.stage import Stage

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
EVENTS, TEAMS = 2, 100  # teams of each event
CLAIMS = 120
GOAL_MS = 5.0


def claim_figures(stage: Stage) -> dict[str, Figure]:
    """Claims, one after the other, each with its commit."""
    from tests.bench.rows import fill_queue, hand_in, new_track

    firsts = [hand_in(new_track(tasks=1, upstream=stage.upstream), "") for _ in range(EVENTS)]
    figures = {}
    for name, size in SIZES.items():
        for first in firsts:
            fill_queue(_queued(first.pk), to=size // EVENTS, teams=TEAMS)
        _as_if_vacuumed()
        how = f"claim_run with {size:,} runs waiting, of {EVENTS * TEAMS} teams in {EVENTS} events"
        goal = GOAL_MS if name == "100k" else None
        figures[f"claim_ms_{name}"] = median_figure(_claims(size), "ms", how, goal=goal)
    return figures


def _queued(submission_id: object) -> "object":
    from evaluation.domain.enqueue import enqueue_run

    return enqueue_run(submission_id=submission_id)  # type: ignore[arg-type]


def _as_if_vacuumed() -> None:
    """Rows were made within seconds: autovacuum, which a real queue has had, comes too late."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _claims(size: int) -> list[float]:
    from evaluation.domain.claim import claim_run
    from evaluation.models import Run

    waiting = Run.objects.filter(state="queued").count()
    assert abs(waiting - size) <= CLAIMS * len(SIZES), waiting
    return [_timed(claim_run) for _ in range(CLAIMS)]


def _timed(claim_run: object) -> float:
    began = time.perf_counter()
    claim = claim_run(worker="bench:1")  # type: ignore[operator]
    took = time.perf_counter() - began
    assert claim is not None
    return took * 1000
