"""Which task is where: waiting, suspected, held by the program, hung or settled. No I/O, no clock.

A task is fresh until its line is written, then live; a live one that is not answered in its time
is hung: it is settled, but the program still holds it, so it keeps its slot. When the program dies
with several tasks in its hands, the live ones are suspects: they are tried again one by one, before
anything else, so that the one to blame dies alone.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from corral.suites.base import Task


@dataclass(frozen=True, slots=True)
class Held:
    """A task in the program's hands since `sent_at` (monotonic seconds)."""

    task: Task
    sent_at: float
    suspect: bool


class Book:
    """The tasks of one run, and which of them the program may be given next."""

    def __init__(self, tasks: Iterable[Task], slots: int) -> None:
        self._fresh = deque(tasks)
        self._suspects: deque[Task] = deque()
        self._live: dict[str, Held] = {}
        self._hung: dict[str, Held] = {}
        self._slots = slots

    @property
    def settled(self) -> bool:
        """Whether every task has its outcome."""
        return not (self._fresh or self._suspects or self._live)

    @property
    def has_hung(self) -> bool:
        return bool(self._hung)

    @property
    def stuck(self) -> bool:
        """Whether hung tasks have taken every slot, and others wait for one."""
        return not self._live and not self.settled and len(self._hung) >= self._width()

    def next_to_send(self) -> Task | None:
        """The task to write next, None while every slot is taken or nothing waits."""
        if len(self._live) + len(self._hung) >= self._width():
            return None
        waiting = self._suspects or self._fresh
        return waiting[0] if waiting else None

    def sent(self, task: Task, now: float) -> None:
        """The line of the task that `next_to_send` gave was written."""
        suspect = bool(self._suspects)
        (self._suspects if suspect else self._fresh).popleft()
        self._live[task.key] = Held(task, now, suspect)

    def take_live(self, key: str) -> Held | None:
        """Take a live task out to settle it; None when the program does not hold it."""
        return self._live.pop(key, None)

    def take_hung(self, key: str) -> Held | None:
        """Take a hung task out: its late answer frees its slot."""
        return self._hung.pop(key, None)

    def hang(self, *, sent_before: float) -> list[Held]:
        """Turn live tasks that were sent so early into hung ones, and return them to be settled."""
        overdue = [held for held in self._live.values() if held.sent_at <= sent_before]
        for held in overdue:
            self._hung[held.task.key] = self._live.pop(held.task.key)
        return overdue

    def oldest_sent_at(self) -> float | None:
        """When the live task that waits longest was sent."""
        return min((held.sent_at for held in self._live.values()), default=None)

    def bury(self) -> Held | None:
        """The program died: return the task that was alone with it, else suspect all live ones."""
        alone = len(self._live) == 1 and not self._hung
        blamed = self._live.popitem()[1] if alone else None
        self.put_down()
        return blamed

    def put_down(self) -> None:
        """The program is gone: it holds nothing any more, and what it held is tried again."""
        # In front, in the order they were sent: older suspects have been waiting longer.
        self._suspects.extendleft(held.task for held in reversed(self._live.values()))
        self._live.clear()
        self._hung.clear()

    def take_all(self) -> list[Task]:
        """Take out every task without an outcome: nothing more will be tried."""
        rest = [held.task for held in self._live.values()] + [*self._suspects, *self._fresh]
        for place in (self._live, self._suspects, self._fresh):
            place.clear()
        return rest

    def _width(self) -> int:
        one_by_one = self._suspects or any(held.suspect for held in self._live.values())
        return 1 if one_by_one else self._slots
