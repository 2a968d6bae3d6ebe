"""The whole journey of a submission, wired on one page.

accepted -> stored -> queued -> run -> scored -> ranked -> pushed. Every app only says what
happened; what follows from it is decided here and nowhere else. What nobody waits for is told soon.
"""

from typing import Any
from uuid import UUID

from django.dispatch import Signal

from common.soon import soon
from evaluation.domain import topic as run_topic
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.worker import queue_of_lane
from evaluation.models import Run
from evaluation.signals import reevaluation_applied, run_changed, run_progressed, run_queued
from evaluation.tasks import evaluate_next
from hackathons.enums import Lane
from hackathons.models import Track
from hackathons.signals import hackathon_changed
from live.push import push
from live.topics import register_topic
from scoreboards.domain import topic as board_topic
from scoreboards.domain.progress import progress_messages
from scoreboards.signals import board_changed
from scoreboards.tasks import refresh_board
from submissions.models import Submission
from submissions.signals import final_declared, submission_accepted

# Many runs ask for many boards: the sweep, which must be in time, never waits behind them.
AFTER_THE_SWEEP = 9  # to Redis, 0 is the most urgent


def connect() -> None:
    """Connect every signal to what follows from it, and offer the live topics."""
    for signal, receivers in JOURNEY.items():
        for receiver in receivers:
            signal.connect(receiver, dispatch_uid=receiver.__name__)
    register_topic(
        name="board",
        authorise=board_topic.authorise,
        snapshot=board_topic.snapshot,
        since=board_topic.since,
    )
    register_topic(
        name="run",
        authorise=run_topic.authorise,
        snapshot=run_topic.snapshot,
        since=run_topic.since,
    )


def start_evaluation(*, submission_id: UUID, **_: Any) -> None:
    """Accepted and stored: queue its run."""
    enqueue_run(submission_id=submission_id)


def nudge_workers(*, lane: Lane, **_: Any) -> None:
    """Queued: wake a worker of the lane. A nudge that gets lost is sent again by the sweep."""
    evaluate_next.apply_async(queue=queue_of_lane(lane), retry=False, expires=60)


@soon
def rank_again(*, track_id: UUID, **_: Any) -> None:
    """Claimed, scored, declared final or re-evaluated: the board of the track may have changed."""
    refresh_board.apply_async(
        kwargs={"track_id": str(track_id)}, retry=False, priority=AFTER_THE_SWEEP
    )


def rank_with_new_submission(*, submission_id: UUID, **_: Any) -> None:
    """Accepted: its team appears on the board."""
    rank_again(track_id=Submission.objects.values_list("track_id", flat=True).get(pk=submission_id))


def rank_all_again(*, hackathon_id: UUID, **_: Any) -> None:
    """The rules changed, a date or a name perhaps: so may every board of the hackathon."""
    for track_id in Track.objects.filter(hackathon=hackathon_id).values_list("pk", flat=True):
        rank_again(track_id=track_id)


@soon
def show_on_its_page(*, run_id: UUID, **_: Any) -> None:
    """Any change of a run: its page moves."""
    run = Run.objects.select_related("submission").get(pk=run_id)
    push(topic="run", channel=str(run_id), message=run_topic.run_payload(run))


@soon
def show_progress(*, run_id: UUID, **_: Any) -> None:
    """Task by task: the bars on the boards move."""
    for told in progress_messages(run_id=run_id):
        push(topic="board", channel=told.channel, message=told.message)


def show_board(*, channel: str, message: dict[str, Any], **_: Any) -> None:
    """Ranked: the boards in the room move."""
    push(topic="board", channel=channel, message=message)


JOURNEY: dict[Signal, tuple[Any, ...]] = {
    submission_accepted: (start_evaluation, rank_with_new_submission),
    run_queued: (nudge_workers,),
    run_changed: (rank_again, show_progress, show_on_its_page),
    run_progressed: (show_progress, show_on_its_page),
    final_declared: (rank_again,),
    reevaluation_applied: (rank_again,),
    hackathon_changed: (rank_all_again,),
    board_changed: (show_board,),
}
