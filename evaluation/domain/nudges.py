"""Nudges for what waits: each wakes one process, which goes on until nothing waits."""

from django.db.models import Sum

from evaluation.models import Line, Run
from evaluation.signals import run_queued
from hackathons.enums import Lane

MOST_NUDGES = 32


def nudge_waiting() -> int:
    """Wake as many processes as have something to do; how many runs wait, held back or not."""
    waiting = _waiting()
    for lane, runs in waiting.items():
        for _ in range(min(runs, MOST_NUDGES)):
            run_queued.send_robust(Run, lane=lane)
    return sum(waiting.values())


def _waiting() -> dict[Lane, int]:
    lines = Line.objects.filter(waiting__gt=0).values_list("track__lane")
    counted = lines.annotate(total=Sum("waiting")).order_by()
    return {Lane(lane): runs for lane, runs in counted}
