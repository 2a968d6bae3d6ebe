"""The Celery application: its messages are nudges, PostgreSQL is the truth."""

import ctypes
import gc
import os
import signal
from typing import Any

from billiard import active_children  # type: ignore[import-untyped]
from celery import Celery
from celery.signals import (
    task_prerun,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
)
from django.conf import settings
from django.db import close_old_connections

from common.tasks import queue_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_PR_SET_PDEATHSIG = 1  # prctl(2)

app = Celery("corral")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.task_routes = (queue_of,)
# Each message only repeats the one before, so what nobody took in time is worth nothing.
app.conf.beat_schedule = {
    name: {"task": task, "schedule": seconds, "options": {"expires": 2 * seconds}}
    for name, task, seconds in (
        ("sweep", "evaluation.sweep", settings.SWEEP_SECONDS),
        ("refresh-boards", "scoreboards.refresh_all", 5.0),
        ("retain", "evaluation.retain", 3600.0),
    )
}


@worker_init.connect  # type: ignore[untyped-decorator]
def refuse_unsafe_machine(sender: Any, **_: Any) -> None:
    """A worker that can't contain projects takes no runs: it says what is lacking and ends."""
    from evaluation.domain.disk import sweep_at_start
    from evaluation.domain.worker import forget_sandbox, serve_lanes, why_unsafe

    if not serve_lanes(sender.app.amqp.queues.consume_from):
        return
    if reasons := why_unsafe():
        raise SystemExit("This worker takes no runs. " + " ".join(reasons))
    sweep_at_start()
    forget_sandbox()  # the processes that take runs are forked from this one, and make their own


@worker_ready.connect  # type: ignore[untyped-decorator]
def keep_roster(sender: Any, **_: Any) -> None:
    """The main process of a worker for runs says that it lives, and which processes it has.

    And it looks for runs that stand still: for that PostgreSQL is enough.
    """
    from evaluation.domain.repeating import Repeating
    from evaluation.domain.roster import Pulse
    from evaluation.domain.sweep import requeue_expired
    from evaluation.domain.worker import lanes_served

    if lanes := lanes_served():
        pool = sender.controller.pool
        Pulse(
            name=sender.hostname,
            lanes=lanes,
            slots=pool.limit or 1,
            processes=lambda: [process.pid for process in active_children()],
        ).start()
        Repeating(name="healer", seconds=settings.SWEEP_SECONDS, act=requeue_expired).start()


@task_prerun.connect  # type: ignore[untyped-decorator]
def forget_cut_connections(task: Any, **_: Any) -> None:
    """A message finds the connection of the one before, unless it is old or PostgreSQL cut it."""
    if not task.request.is_eager:  # else it may be in the middle of a transaction
        close_old_connections()


@worker_process_init.connect  # type: ignore[untyped-decorator]
def leave_what_is_loaded_alone(**_: Any) -> None:
    """A full garbage collection stops every call of a run: it need not look at all the code."""
    gc.freeze()


@worker_process_init.connect  # type: ignore[untyped-decorator]
def die_with_the_worker(**_: Any) -> None:
    """A process that takes runs dies with the worker that forked it, however that one is killed.

    Else it would go on claiming runs beside those of the worker that is started again, and nobody
    could stop it.
    """
    worker = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != worker:  # it died before the kernel was asked
        os.kill(os.getpid(), signal.SIGKILL)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def tell_soon(**_: Any) -> None:
    """Runs do not wait until everybody has heard of them."""
    from common.soon import teller

    teller.start()


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def tell_the_rest(**_: Any) -> None:
    """What has happened is told before the process ends."""
    from common.soon import teller

    teller.stop()
