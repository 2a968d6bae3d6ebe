"""Carries the schedule out, keeps everything else running, and writes down what it did."""

import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.crew import HOST, PLATFORM_WORKER, RUN_WORKERS, Member, Orphanage
from tests.chaos.proxy import Cable
from tests.chaos.recovery import Blow
from tests.chaos.schedule import KILLS, Fault, FaultKind

TICK_SECONDS = 0.05
AGAIN_SECONDS = 0.3  # until a fault is tried again that found nobody to hit
ANY_WORKER = 0.7  # a pick above it hits any worker, below it one that holds a run
FALLEN_SECONDS = 1.0  # until what ended by itself is started again, as a supervisor would
TARGETS: Mapping[FaultKind, Sequence[str]] = {
    FaultKind.WORKER: (*RUN_WORKERS, PLATFORM_WORKER),
    FaultKind.BEAT: ("beat",),
    FaultKind.REDIS: ("valkey",),
    FaultKind.POSTGRES: ("postgres",),
    FaultKind.FREEZE: RUN_WORKERS,
    FaultKind.UPLOAD: ("uploads",),
}


@dataclass
class Chronicle:
    """What was done, and what happened that nobody did."""

    counts: Counter[FaultKind] = field(default_factory=Counter)
    blows: list[Blow] = field(default_factory=list)
    away: list[tuple[float, float]] = field(default_factory=list)  # PostgreSQL, since the epoch
    fallen: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How often SIGKILL was sent to one of the four kinds."""
        return sum(self.counts[kind] for kind in KILLS)


class Director:
    """One scenario, played by the members; `say` gets a line for each thing that happens."""

    def __init__(
        self,
        members: Mapping[str, Member],
        cable: Cable,
        orphanage: Orphanage,
        say: Callable[[str], None],
    ) -> None:
        self.chronicle = Chronicle()
        self._members, self._cable, self._orphanage = members, cable, orphanage
        self._say = say
        self.holders: Callable[[], set[str]] = set
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._faults_left = 0
        self._cut = False
        self._postgres_gone: float | None = None

    @property
    def over(self) -> bool:
        """Whether every fault was played, and all is as it was."""
        return not self._due and not self._faults_left

    def schedule(self, faults: Sequence[Fault]) -> None:
        """Play these from now on."""
        now = time.monotonic()
        self._faults_left += len(faults)
        for fault in faults:
            self._at(now + fault.at, lambda fault=fault: self._play(fault))  # type: ignore[misc]

    def turn(self) -> None:
        """Do what is due, and rest for a moment."""
        while self._due and self._due[0][0] <= time.monotonic():
            heapq.heappop(self._due)[2]()
        self._raise_the_fallen()
        self._see_postgres()
        self._orphanage.look()
        time.sleep(TICK_SECONDS)

    def play_until(self, condition: Callable[[], bool], *, until: float) -> bool:
        """Go on until the condition is true or the moment (monotonic) has come; which of both."""
        while not condition():
            if time.monotonic() > until:
                return False
            self.turn()
        return True

    def calm(self) -> None:
        """Undo all that still waits to be undone, and start what is down."""
        self._due.clear()
        self._faults_left = 0
        self._mend()
        for member in self._members.values():
            member.wake()
            if not member.ends:
                member.start()

    def _at(self, moment: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (moment, next(self._order), act))

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._at(time.monotonic() + seconds, act)

    def _play(self, fault: Fault) -> None:
        """Do it, or try again soon: a fault that finds nobody is no fault."""
        if self._strike(fault):
            self._faults_left -= 1
            self.chronicle.counts[fault.kind] += 1
        elif fault.kind is FaultKind.UPLOAD and self._members["uploads"].child is None:
            self._faults_left -= 1  # it has ended: nothing more is handed in
        else:
            self._after(AGAIN_SECONDS, lambda: self._play(fault))

    def _strike(self, fault: Fault) -> bool:
        if fault.kind is FaultKind.CUT:
            return self._damage(fault)
        up = [self._members[name] for name in TARGETS[fault.kind] if self._members[name].is_up()]
        if not up:
            return False
        target = self._chosen(up, fault)
        if fault.kind is FaultKind.FREEZE:
            return self._freeze(target, fault)
        return self._kill(target, fault)

    def _chosen(self, up: Sequence[Member], fault: Fault) -> Member:
        """By the fault's pick; of workers, where it can be, one that holds a run."""
        holders = self.holders() if fault.kind in (FaultKind.WORKER, FaultKind.FREEZE) else set()
        others_too = fault.kind is FaultKind.WORKER and fault.pick > ANY_WORKER
        chosen = [] if others_too else [each for each in up if each.name in holders]
        among = chosen or up
        return among[int(fault.pick * len(among))]

    def _kill(self, target: Member, fault: Fault) -> bool:
        now = time.time()
        if not target.kill(fault.manner):
            return False
        self._say(f"killed {target.name} ({fault.manner})")
        if fault.kind is FaultKind.WORKER:
            self.chronicle.blows.append(Blow(now, f"{target.name}@{HOST}:", fault.manner))
        if fault.kind is FaultKind.POSTGRES:
            self._postgres_gone = now
        if fault.manner != "child":  # that one the worker itself replaces
            self._after(fault.away, target.start)
        return True

    def _freeze(self, target: Member, fault: Fault) -> bool:
        child = target.child
        self.chronicle.blows.append(Blow(time.time(), f"{target.name}@{HOST}:", "frozen"))
        target.freeze()
        self._say(f"froze {target.name} for {fault.away:.1f} s")

        def wake() -> None:
            if target.child is child:
                target.wake()

        self._after(fault.away, wake)
        return True

    def _damage(self, fault: Fault) -> bool:
        if self._cut:
            return False
        self._say(f"cut {self._cable.lines} connections to Redis ({fault.manner})")
        self._cable.damage(fault.manner)
        self._cut = True
        self._after(fault.away, self._mend)
        return True

    def _mend(self) -> None:
        self._cable.mend()
        self._cut = False

    def _raise_the_fallen(self) -> None:
        for member in self._members.values():
            status = member.found_dead()
            if status is None or (member.ends and status == 0):
                continue
            self.chronicle.fallen.append(f"{member.name} ended by itself with status {status}")
            self._say(self.chronicle.fallen[-1])
            self._after(FALLEN_SECONDS, member.start)

    def _see_postgres(self) -> None:
        if self._postgres_gone is not None and self._members["postgres"].is_up():
            self.chronicle.away.append((self._postgres_gone, time.time()))
            self._postgres_gone = None
