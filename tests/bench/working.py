"""What real workers do: runs each second, and how soon an upload's first task begins."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.bench.measure import Figure, median_figure
from tests.bench.stage import Stage, Workers, await_that, empty, workers

WARM, RUNS, UPLOADS = 12, 120, 25
REST_SECONDS = 0.4  # an idle worker has made ready what it can
SAY_WHEN = """
import json, sys, time
for line in sys.stdin:
    now = time.time()
    print(json.dumps({"id": json.loads(line)["id"], "output": repr(now)}), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Work:
    """So many runs that ended, from the first claim to the last end, and the workers' CPU."""

    runs: int
    seconds: float
    cpu_seconds: float


def throughput_figures(stage: Stage) -> dict[str, Figure]:
    """Runs of one trivial task a second, by 1 and by 2 workers."""
    done = {}
    for count in (1, 2):
        with workers(stage, count) as staff:
            work(stage, staff, WARM * count)
            done[count] = work(stage, staff, RUNS)
        empty()
    how = "runs of one task, from the first claim to the last end, the platform's worker beside"
    figures = {
        f"runs_per_second_{count}_worker{'s' if count > 1 else ''}": Figure(
            round(each.runs / each.seconds, 2),
            "runs/s",
            f"{each.runs} {how}",
            10.0 if count == 2 else None,
            at_least=True,
        )
        for count, each in done.items()
    }
    return figures | {
        f"run_cpu_ms_{count}": Figure(
            round(each.cpu_seconds / each.runs * 1000, 1),
            "ms",
            f"user and system time of {count} workers with their sandboxes for each run",
        )
        for count, each in done.items()
    }


def work(stage: Stage, staff: Workers, runs: int) -> Work:
    """Let the workers do so many runs that wait all together when they begin."""
    from evaluation.models import Run
    from tests.bench.rows import ECHO, crowd, hand_in, new_track, queue_together

    track = new_track(tasks=1, upstream=stage.upstream)
    first = hand_in(track, ECHO)
    cpu = staff.cpu_seconds()
    queue_together([first, *crowd(first, runs - 1)])
    ours = Run.objects.filter(submission__track=track)
    await_that(lambda: not ours.filter(ended_at=None).exists(), every=0.1)
    begun, ended = _span(ours)
    assert ours.filter(public_score=1.0).count() == runs
    return Work(runs, (ended - begun).total_seconds(), staff.cpu_seconds() - cpu)


def _span(runs: Any) -> tuple[datetime, datetime]:
    from django.db.models import Max, Min

    span = runs.aggregate(begun=Min("started_at"), ended=Max("ended_at"))
    return span["begun"], span["ended"]


def submit_figures(stage: Stage) -> dict[str, Figure]:
    """From the upload, before it is looked at, until the program has read its first task."""
    from tests.bench.rows import new_track

    track = new_track(tasks=1, upstream=stage.upstream)
    with workers(stage, 1):
        samples = [_submit_to_start(track, f"# {n}\n") for n in range(UPLOADS + 2)][2:]
    how = "before accept_submission until the program, in its sandbox, has read its first task"
    return {"submit_to_start_ms": median_figure(samples, "ms", how, goal=300.0)}


def _submit_to_start(track: Any, mark: str) -> float:
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from evaluation.models import Run
    from submissions.domain.accept import accept_submission
    from tests.bench.rows import project
    from tests.factories import TeamFactory

    team = TeamFactory(hackathon=track.hackathon)
    upload = ContentFile(project(mark + SAY_WHEN))
    time.sleep(REST_SECONDS)
    began = time.time()
    accepted = accept_submission(
        team=team,
        track=track,
        person=team.people.get(),
        upload=upload,
        file_name="project.tar.gz",
        received_at=timezone.now(),
    )
    run = Run.objects.filter(submission=accepted.submission)
    await_that(lambda: run.exclude(ended_at=None).exists(), every=0.1)
    return (float(run.get().results.get().output) - began) * 1000
