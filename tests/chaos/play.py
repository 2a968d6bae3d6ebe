"""The two acts: each kind of project once without faults, then all of them with faults.

Imported once Django is set up.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import close_old_connections

from evaluation.domain.patience import AWAY
from evaluation.enums import ACTIVE, ENDED
from evaluation.models import Attempt, Run
from launcher.staff import Setting
from tests.chaos.audit import Audit, Result, audit, reference
from tests.chaos.crew import Member, upload_service
from tests.chaos.director import Director
from tests.chaos.kinds import WEIGHTS
from tests.chaos.recovery import FOREVER, Recovery, Tried, recoveries
from tests.chaos.schedule import Fault, planned_uploads
from tests.chaos.stage import TEAMS, Stage, entries_of, reference_entries, set_stage
from tests.chaos.uploading import Entry, Plan

T = TypeVar("T")
REFERENCE_SECONDS = 60.0
PROGRESS_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the second act came to."""

    audit: Audit
    handed_in: int
    recoveries: list[Recovery]


class Theatre:
    """Where both acts are played."""

    def __init__(self, setting: Setting, members: dict[str, Member], director: Director) -> None:
        self._setting, self._members, self._director = setting, members, director
        self._folder = setting.state.room / "uploads"
        self._folder.mkdir(exist_ok=True)

    def first_act(self, upstream: str) -> tuple[Stage, dict[str, Result]]:
        """Make the rows, run each kind once, and see what it comes to.

        Raises:
            AssertionError: a run did not end as it was written to, or not in time.
        """
        stage = set_stage(upstream)
        plan = self._begin_uploads("reference", reference_entries(stage, self._folder / "first"))
        counting = _Counting(len(plan.entries))
        until = time.monotonic() + REFERENCE_SECONDS
        assert self._director.play_until(counting.all_ended, until=until), (
            f"The runs without faults did not end within {REFERENCE_SECONDS:.0f} s."
        )
        self._director.play_until(lambda: not self._members["uploads"].lives(), until=until)
        return stage, reference(stage)

    def second_act(
        self,
        stage: Stage,
        expected: Mapping[str, Result],
        faults: Sequence[Fault],
        *,
        seed: int,
        runs: int,
        window: float,
        until: float,
    ) -> Outcome:
        """Play the faults while the teams hand in, until all runs have ended or `until`."""
        uploads = planned_uploads(seed=seed, runs=runs, window=window, weights=WEIGHTS, teams=TEAMS)
        entries = entries_of(uploads, stage, self._folder / "second", begins=time.time())
        plan = self._begin_uploads("chaos", entries)
        self._director.holders = holders
        self._director.schedule(faults)
        counting = _Counting(runs + len(expected), self._tell)
        self._director.play_until(lambda: counting.all_ended() and self._director.over, until=until)
        self._director.calm()
        assert self._director.play_until(
            lambda: self._members["postgres"].is_up(), until=time.monotonic() + 30
        ), "PostgreSQL does not come back."
        accepted = plan.accepted()
        return Outcome(
            audit=audit(stage, accepted, expected),
            handed_in=len(accepted),
            recoveries=recoveries(
                self._director.chronicle.blows, attempts_of(), self._director.chronicle.away
            ),
        )

    def _begin_uploads(self, name: str, entries: Sequence[Entry]) -> Plan:
        plan = Plan(tuple(entries), self._folder / f"{name}.journal")
        file = self._folder / f"{name}.json"
        plan.write(file)
        log = self._setting.state.log / f"uploads-{name}.log"
        self._members["uploads"] = Member(upload_service(self._setting, file), log, ends=True)
        self._members["uploads"].start()
        return plan

    def _tell(self, ended: int, wanted: int) -> None:
        chronicle = self._director.chronicle
        print(
            f"{ended} of {wanted} runs have ended; {chronicle.kills} kills",
            file=sys.stderr,
            flush=True,
        )


class _Counting:
    """Asks now and then how many runs have ended."""

    def __init__(self, wanted: int, tell: Callable[[int, int], None] | None = None) -> None:
        self._wanted, self._tell = wanted, tell
        self._ended = 0
        self._asked = self._told = 0.0

    def all_ended(self) -> bool:
        """Whether as many have ended as are wanted."""
        now = time.monotonic()
        if now - self._asked > 1.0:
            self._asked = now
            self._ended = patiently(
                lambda: Run.objects.filter(state__in=sorted(ENDED)).count(), self._ended
            )
        if self._tell is not None and now - self._told > PROGRESS_SECONDS:
            self._told = now
            self._tell(self._ended, self._wanted)
        return self._ended >= self._wanted


def patiently(ask: Callable[[], T], otherwise: T) -> T:
    """The answer, or something else while PostgreSQL is away."""
    try:
        return ask()
    except AWAY:
        return otherwise
    finally:
        close_old_connections()


def holders() -> set[str]:
    """The names of the workers that hold a run now; none while PostgreSQL is away."""
    held = Run.objects.filter(state__in=sorted(ACTIVE)).values_list("worker", flat=True)
    return patiently(lambda: {worker.partition("@")[0] for worker in held}, set())


def attempts_of() -> list[Tried]:
    """All attempts, as the arithmetic of recoveries wants them."""
    rows = Attempt.objects.values_list(
        "run_id", "number", "worker", "started_at", "ended_at", "run__ended_at"
    )
    return [
        Tried(
            run=str(run),
            number=number,
            worker=worker,
            began=began.timestamp(),
            ended=ended.timestamp() if ended else FOREVER,
            run_ended=run_ended.timestamp() if run_ended else FOREVER,
        )
        for run, number, worker, began, ended, run_ended in rows
    ]
