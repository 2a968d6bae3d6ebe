"""Pause, drain and resume: of a hackathon, a track or a worker."""

from django.db import transaction
from django.db.models import Q, QuerySet

from evaluation.domain.endings import GOING, put_back
from evaluation.domain.line import ensure_share
from evaluation.domain.nudges import nudge_waiting
from evaluation.models import Run, Share, Worker
from hackathons.enums import Flow
from hackathons.models import Hackathon, Track

PAUSED = "Paused by an organizer; it goes on where it stopped."


def set_event_flow(*, hackathon: Hackathon, flow: Flow) -> None:
    """Let a hackathon's runs go on, drain or pause."""
    with transaction.atomic():
        _stop_claims(hackathon)
        Hackathon.objects.filter(pk=hackathon.pk).update(flow=flow)
    hackathon.flow = flow
    _follow(flow, Q(line__hackathon=hackathon))


def set_track_flow(*, track: Track, flow: Flow) -> None:
    """Let a track's runs go on, drain or pause."""
    with transaction.atomic():
        _stop_claims(track.hackathon)
        Track.objects.filter(pk=track.pk).update(flow=flow)
    track.flow = flow
    _follow(flow, Q(line__track=track))


def set_worker_flow(*, worker: Worker, flow: Flow) -> None:
    """Let a worker take runs, take no more, or give back those that it has.

    A run that it claims at this very moment is put back by the sweep.
    """
    Worker.objects.filter(pk=worker.pk).update(flow=flow)
    worker.flow = flow
    _follow(flow, Q(worker__startswith=f"{worker.name}:"))


def paused_runs() -> QuerySet[Run]:
    """Runs that are going although somebody paused them."""
    paused = Q(line__track__flow=Flow.PAUSED) | Q(line__hackathon__flow=Flow.PAUSED)
    for name in Worker.objects.filter(flow=Flow.PAUSED).values_list("name", flat=True):
        paused |= Q(worker__startswith=f"{name}:")
    return Run.objects.filter(GOING).filter(paused)


def _stop_claims(hackathon: Hackathon) -> None:
    """No claim is under way any more, and the next one reads what is written now."""
    ensure_share(hackathon_id=hackathon.pk, team_id=None)
    Share.objects.select_for_update(no_key=True).get(hackathon=hackathon.pk, team=None)


def _follow(flow: Flow, runs: Q) -> None:
    """Each run in a transaction of its own; the sweep goes on where this is cut off."""
    if flow is Flow.PAUSED:
        going = Run.objects.filter(runs & GOING)
        for run_id, attempt in going.values_list("pk", "attempt"):
            put_back(run_id=run_id, attempt=attempt, reason=PAUSED)
    elif flow is Flow.OPEN:
        nudge_waiting()
