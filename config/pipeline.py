"""The whole journey of a submission, wired on one page.

accepted -> stored -> queued -> run -> scored -> ranked -> pushed. Every app only says what happened;
what follows from it is decided here and nowhere else.
"""

from typing import Any
from uuid import UUID

from django.dispatch import Signal

from evaluation.domain import topic as run_topic
from evaluation.domain.enqueue import enqueue_run
from evaluation.models import Run
from evaluation.signals import run_changed, run_progressed, run_queued
from evaluation.tasks import evaluate_next
from live.push import push
from live.topics import register_topic
from submissions.signals import submission_accepted


def connect() -> None:
    """Connect every signal to what follows from it, and offer the live topics."""
    for signal, receivers in JOURNEY.items():
        for receiver in receivers:
            signal.connect(receiver, dispatch_uid=receiver.__name__)
    register_topic(
        name="run",
        authorise=run_topic.authorise,
        snapshot=run_topic.snapshot,
        since=run_topic.since,
    )


def start_evaluation(*, submission_id: UUID, **_: Any) -> None:
    """Accepted and stored: queue its run."""
    enqueue_run(submission_id=submission_id)


def nudge_workers(**_: Any) -> None:
    """Queued: wake a worker. A nudge that gets lost is sent again by the sweep."""
    evaluate_next.apply_async(retry=False)


def show_on_its_page(*, run_id: UUID, **_: Any) -> None:
    """Any change of a run: its page moves."""
    run = Run.objects.select_related("submission").get(pk=run_id)
    push(topic="run", channel=str(run_id), message=run_topic.run_payload(run))


JOURNEY: dict[Signal, tuple[Any, ...]] = {
    submission_accepted: (start_evaluation,),
    run_queued: (nudge_workers,),
    run_changed: (show_on_its_page,),
    run_progressed: (show_on_its_page,),
}
