"""Shows how far the runs are until every one has ended."""

import time

from django.db import close_old_connections
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from config.demo.seed import Stage
from evaluation.models import Run

LOOK_SECONDS = 0.5


def runs_of(stage: Stage) -> list[Run]:
    """All runs of the stage."""
    tracks = [track.pk for track in stage.tracks.values()]
    return list(
        Run.objects.filter(submission__track__in=tracks)
        .select_related("submission__team", "submission__track")
        .order_by("queued_at")
    )


def watch(stage: Stage, console: Console, *, expected: int) -> None:
    """Return when `expected` runs have ended; bars on a terminal, lines elsewhere."""
    if console.is_terminal:
        _watch_with_bars(stage, console, expected)
    else:
        _watch_with_lines(stage, console, expected)


def _all_ended(runs: list[Run], expected: int) -> bool:
    return len(runs) >= expected and all(run.ended for run in runs)


def _title(run: Run) -> str:
    return f"{run.submission.team} · {run.submission.track.name}"


def _watch_with_bars(stage: Stage, console: Console, expected: int) -> None:
    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]:<9}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars = {}
        while True:
            runs = runs_of(stage)
            for run in runs:
                total = run.public_total + run.private_total
                if run.pk not in bars:
                    bars[run.pk] = progress.add_task(_title(run), total=total, state=run.state)
                done = run.public_done + run.private_done
                progress.update(bars[run.pk], completed=done, state=run.state)
                if run.ended:
                    progress.stop_task(bars[run.pk])
            if _all_ended(runs, expected):
                return
            time.sleep(LOOK_SECONDS)
            close_old_connections()


def _watch_with_lines(stage: Stage, console: Console, expected: int) -> None:
    seen: dict[object, str] = {}
    while True:
        runs = runs_of(stage)
        for run in runs:
            if seen.get(run.pk) != run.state:
                seen[run.pk] = run.state
                console.print(f"{_title(run)}: {run.state} {run.reason}".rstrip(), highlight=False)
        if _all_ended(runs, expected):
            return
        time.sleep(LOOK_SECONDS)
        close_old_connections()
