"""`make bench-fairness`: how long a team's single run waits behind another team's 200.

Two workers, each with one run at a time. The waits are PostgreSQL's own, from queued to claimed.
"""

import random
import sys
import time
from dataclasses import dataclass
from typing import Any

from tests.bench.measure import Figure, median_figure, report, show, shown, spread
from tests.bench.stage import Stage, await_that, stage, workers

GREEDY_RUNS, SLOTS, ROUNDS = 200, 2, 8
RUN_SECONDS = 0.5
MARGIN_MS = 100.0  # what ends a run and what claims the next one, on a machine that is busy
SAME, OTHER = "same event", "other event"
BUSY = """
import json, sys, time
for line in sys.stdin:
    time.sleep(0.3)
    task = json.loads(line)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Wait:
    """Of one round, in milliseconds: how long the single run waited, and how long runs are."""

    where: str
    waited: float
    length: float

    @property
    def ratio(self) -> float:
        """The wait in runs."""
        return self.waited / self.length


def waits(place: Stage) -> list[Wait]:
    """Rounds in which the single run is of the greedy team's event, and of another, in turn."""
    with workers(place, SLOTS):
        _round(place, SAME)
        return [_round(place, (SAME, OTHER)[number % 2]) for number in range(ROUNDS)]


def _round(place: Stage, where: str) -> Wait:
    """One team queues many runs; once the workers are busy with them, another queues its own."""
    from evaluation.domain.enqueue import enqueue_run
    from evaluation.models import Run
    from tests.bench.rows import hand_in, new_track, queue_together, resubmit

    track = new_track(tasks=1, upstream=place.upstream)
    first = hand_in(track, BUSY)
    elsewhere = track if where == SAME else new_track(tasks=1, upstream=place.upstream)
    queue_together([first, *resubmit(first, BUSY, GREEDY_RUNS - 1)])
    greedy = Run.objects.filter(submission__team=first.team)
    await_that(lambda: greedy.filter(state="scored").count() >= 2 * SLOTS)
    time.sleep(random.uniform(0.0, RUN_SECONDS))  # at any moment of the runs that are going
    # Not earlier: the sweep queues what was handed in.
    run = enqueue_run(submission_id=hand_in(elsewhere, BUSY).pk)
    await_that(lambda: Run.objects.filter(pk=run.pk).exclude(ended_at=None).exists())
    lengths = _drained(greedy)
    run.refresh_from_db()
    assert run.started_at is not None
    waited = (run.started_at - run.queued_at).total_seconds() * 1000
    return Wait(where, waited, spread(lengths).median)


def _drained(runs: Any) -> list[float]:
    """Let those that are going end, and no other begin; how long those that have ended were."""
    from evaluation.enums import ACTIVE
    from hackathons.enums import Flow
    from hackathons.models import Hackathon

    event = Hackathon.objects.filter(tracks__submissions__runs=runs.first().pk)
    event.update(flow=Flow.DRAINING)
    await_that(lambda: not runs.filter(state__in=sorted(ACTIVE)).exists())
    ended = runs.filter(state="scored").values_list("started_at", "ended_at")
    return [(end - start).total_seconds() * 1000 for start, end in ended]


def figures_of(seen: list[Wait]) -> dict[str, Figure]:
    """The waits, the runs' length, and the longest wait in runs."""
    over = max(wait.waited - wait.length for wait in seen)
    how = f"queued to claimed, behind another team's {GREEDY_RUNS} runs, {SLOTS} workers"
    return {
        "single_wait_ms": median_figure([wait.waited for wait in seen], "ms", how),
        "run_length_ms": median_figure(
            [wait.length for wait in seen], "ms", "claimed to ended, the greedy team's, by round"
        ),
        "wait_in_runs": median_figure([wait.ratio for wait in seen], "runs", "wait over length"),
        "longest_wait_over_length_ms": Figure(
            round(over, 1),
            "ms",
            f"the longest wait of {len(seen)} less its round's length; the goal is the margin",
            MARGIN_MS,
        ),
    }


def main() -> None:
    """Measure, print, write; fails if a wait was longer than a run and the margin."""
    with stage() as place:
        seen = waits(place)
    rows = [[w.where, shown(w.waited), shown(w.length), shown(w.ratio)] for w in seen]
    show("Waits of the single run", ("whose", "wait ms", "a run ms", "ratio"), rows)
    figures = figures_of(seen)
    report("bench-fairness", figures, {"rounds": rows})
    if not figures["longest_wait_over_length_ms"].met:
        sys.exit("A single run waited longer than one run of the greedy team.")


if __name__ == "__main__":
    main()
