"""The nudges: each message only says that there may be something to do."""

from celery import current_task

from common.tasks import project_task
from evaluation.domain.claim import claim_run
from evaluation.domain.disk import this_disk
from evaluation.domain.execute import execute
from evaluation.domain.retain import retain as retain_only
from evaluation.domain.retain import retention
from evaluation.domain.sweep import sweep as sweep_runs
from evaluation.domain.worker import is_degraded, lanes_served, this_sandbox, this_worker


@project_task(name="evaluation.evaluate_next", queue="runs")
def evaluate_next() -> None:
    """Claim and evaluate runs until none is waiting."""
    worker, lanes = this_worker(current_task.request.hostname), lanes_served()
    sandbox, degraded = this_sandbox(), is_degraded()  # before a claim, which it would cost
    while this_disk.has_room() and (claim := claim_run(worker=worker, lanes=lanes)):
        execute(claim, sandbox=sandbox, degraded=degraded)


@project_task(name="evaluation.sweep", queue="platform")
def sweep() -> None:
    """Heal what stands still."""
    sweep_runs()


@project_task(name="evaluation.retain", queue="platform")
def retain() -> None:
    """Remove logs and archives that need not be kept."""
    retain_only(retention())
