"""The workers that there are: what they say of themselves, and what follows from their silence."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from evaluation.domain.repeating import Repeating
from evaluation.models import Attempt, Run, Worker
from hackathons.enums import Lane


def seat_name(worker: str) -> str:
    """The worker's name, of a process of it: "runs@host" of "runs@host:123"."""
    return worker.rpartition(":")[0]


def enlist(*, name: str, lanes: Sequence[Lane], slots: int) -> None:
    """A worker has begun; what an organizer said of it before, drain perhaps, still holds."""
    now = {"lanes": [lane.value for lane in lanes], "slots": slots, "processes": []}
    Worker.objects.update_or_create(
        name=name, defaults={**now, "started_at": Now(), "seen_at": Now()}
    )


def say_alive(*, name: str, processes: Sequence[int]) -> None:
    """The worker's main process lives, and so do these of its processes."""
    Worker.objects.filter(name=name).update(seen_at=Now(), processes=list(processes))


def live_workers() -> QuerySet[Worker]:
    """Those that were seen lately."""
    since = Now() - timedelta(seconds=settings.LEASE_SECONDS)
    return Worker.objects.filter(seen_at__gt=since)


def outlived(*, run_id: UUID, attempt: int, worker: str) -> bool:
    """Whether a worker lived on when the process of it that had the run went silent.

    It was there before the attempt, was seen well after the last heartbeat of it, and then had
    no such process any more.
    """
    tried = Attempt.objects.filter(run_id=run_id, number=attempt).first()
    expired = Run.objects.filter(pk=run_id).values_list("lease_expires_at", flat=True).first()
    if tried is None or expired is None:
        return False
    surely_later = expired - timedelta(seconds=settings.LEASE_SECONDS / 2)
    return (
        Worker.objects.filter(
            name=seat_name(worker), started_at__lte=tried.started_at, seen_at__gt=surely_later
        )
        .exclude(processes__contains=[_process_of(worker)])
        .exists()
    )


def _process_of(worker: str) -> int:
    number = worker.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


class Pulse(Repeating):
    """Says that a worker lives, from a thread of its main process, until it is stopped."""

    def __init__(
        self, *, name: str, lanes: Sequence[Lane], slots: int, processes: Callable[[], list[int]]
    ) -> None:
        self._name, self._lanes, self._slots = name, lanes, slots
        self._processes = processes
        self._enlisted = False
        super().__init__(name="pulse", seconds=settings.HEARTBEAT_SECONDS, act=self._beat)

    def _beat(self) -> None:
        if not self._enlisted:
            enlist(name=self._name, lanes=self._lanes, slots=self._slots)
            self._enlisted = True
        say_alive(name=self._name, processes=self._processes())
