"""Drives a project of kind `program` over its tasks, through as many lives as it needs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from corral.gateway.server import Gateway
from corral.json_types import Json
from corral.policy import Policy
from corral.project.manifest import ProgramSection
from corral.project.protocol import encode_task
from corral.runner.answers import AnswerReader
from corral.runner.book import Book, Held
from corral.runner.life import Life
from corral.runner.metering import Meter
from corral.runner.outcome import ProjectFailed, StoredProject, TaskOutcome
from corral.sandbox.base import Door, Exit, Launch, Sandbox
from corral.suites.base import Task
from corral.verdicts import Verdict

FINISH_SECONDS = 2.0  # to end by itself once its input has ended
POLL_SECONDS = 0.2  # the gateway's trouble is a field, not an event
COULD_NOT_START = (126, 127)  # as a shell says it: not executable, not found


class _Ending(Enum):
    """Why one life of the program is over."""

    SETTLED = auto()
    DIED = auto()
    STUCK = auto()
    FLOODED = auto()
    OUT_OF_TIME = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program runs: the sandbox, its only way out, and where its log goes."""

    sandbox: Sandbox
    gateway: Gateway
    door: Door
    on_log: Callable[[bytes], None]


class ProgramRun:
    """One run of one program; `emit` gets exactly one outcome for each task."""

    def __init__(
        self,
        project: StoredProject,
        program: ProgramSection,
        tasks: Sequence[Task],
        policy: Policy,
        place: Place,
        emit: Callable[[TaskOutcome], None],
    ) -> None:
        self._policy = policy
        self._place = place
        self._emit = emit
        self._launch = _launch(project, program, policy, place)
        self._book = Book(tasks, min(program.concurrency, policy.max_concurrency))
        self._meter = Meter(place.gateway)
        self._reader = AnswerReader(policy.limits, self, self._note)
        self._lives = 0
        self._emitted = 0
        self._wall = 0.0

    async def run(self) -> None:
        """Settle every task.

        Raises:
            ProjectFailed: nothing of the project could start.
            SandboxUnavailable, UpstreamUnavailable: the platform's fault; what was emitted holds.
        """
        self._wall = time.monotonic() + self._policy.limits.wall_seconds
        while not self._book.settled:
            self._meter.check()
            if self._lives > self._policy.max_restarts:
                restarts = self._policy.max_restarts
                self._give_up(Verdict.CRASH, f"the program was restarted {restarts} times")
            else:
                await self._live_once()
        self._reader.sum_up()

    # What the program says: called while its stdout is read.

    def answer(self, key: str, output: Json) -> str | None:
        """Settle the task that was answered; returns why the answer can't be used, if so."""
        return self._settle_live(key, output, None, "")

    def invalid(self, key: str, reason: str) -> str | None:
        """Settle the task whose answer can't be read; returns why it can't be told, if so."""
        return self._settle_live(
            key, None, Verdict.INVALID_OUTPUT, f"the answer can't be read: {reason}"
        )

    def _settle_live(
        self, key: str, output: Json, verdict: Verdict | None, reason: str
    ) -> str | None:
        if self._meter.troubled:
            return None  # it may be spoilt by what the platform did; the run ends in a moment
        held = self._book.take_live(key)
        if held is None:
            return self._unexpected(key)
        latency_ms = (time.monotonic() - held.sent_at) * 1000
        self._meter.release(key)
        self._put(held.task, output, verdict, reason, latency_ms)
        return None

    def _unexpected(self, key: str) -> str:
        if self._book.take_hung(key) is None:
            return f"no task {key[:80]!r} is waiting for an answer"
        self._meter.release(key)
        return f"the answer to task {key[:80]!r} came too late"

    # One life.

    async def _live_once(self) -> None:
        self._lives += 1
        self._reader.begin_life()
        place = self._place
        life = await Life.begin(place.sandbox, self._launch, self._reader, place.on_log)
        try:
            ending = await self._watch(life)
            await self._conclude(life, ending)
        finally:
            await life.end()
            self._book.put_down()
            self._meter.release_all()

    async def _watch(self, life: Life) -> _Ending:
        """Keep the program supplied until its life must end."""
        while True:
            life.changed.clear()
            self._meter.check()
            life.check()
            self._time_out_overdue()
            if (ending := self._ending(life)) is not None:
                return ending
            self._send_more(life)
            await life.pause(self._seconds_to_next_deadline())

    def _ending(self, life: Life) -> _Ending | None:
        if self._book.settled:
            return _Ending.SETTLED
        if self._reader.flooded:
            return _Ending.FLOODED
        if time.monotonic() >= self._wall:
            return _Ending.OUT_OF_TIME
        if life.over:
            return _Ending.DIED
        return _Ending.STUCK if self._book.stuck else None

    async def _conclude(self, life: Life, ending: _Ending) -> None:
        limits = self._policy.limits
        if ending is _Ending.SETTLED and not self._book.has_hung:
            await life.finish(FINISH_SECONDS)
        elif ending is _Ending.FLOODED:
            self._give_up(
                Verdict.INVALID_OUTPUT,
                f"the program wrote more than {limits.output_bytes} bytes to stdout",
            )
        elif ending is _Ending.OUT_OF_TIME:
            self._give_up(Verdict.TIMEOUT, f"the run's {limits.wall_seconds:g} s were used up")
        elif ending is _Ending.STUCK:
            self._note("the program was stopped: tasks that ran out of time took all its slots")
        elif ending is _Ending.DIED:
            self._bury(life, await life.autopsy())

    def _send_more(self, life: Life) -> None:
        while (task := self._book.next_to_send()) is not None:
            self._meter.hold(task.key)
            self._book.sent(task, time.monotonic())
            life.send(encode_task(task.key, task.input))

    def _time_out_overdue(self) -> None:
        seconds = self._policy.task_seconds
        reason = f"not answered in {seconds:g} s"
        if self._reader.silent:
            reason += "; nothing was ever written to stdout (does the program flush its lines?)"
        for held in self._book.hang(sent_before=time.monotonic() - seconds):
            self._unanswered(held.task, Verdict.TIMEOUT, reason)

    def _seconds_to_next_deadline(self) -> float:
        now = time.monotonic()
        oldest = self._book.oldest_sent_at()
        moments = [self._wall - now, POLL_SECONDS]
        if oldest is not None:
            moments.append(oldest + self._policy.task_seconds - now)
        return min(moments)

    # How a life ended, and what that says about tasks.

    def _bury(self, life: Life, how: Exit) -> None:
        """The program ended by itself with work left: blame the task that was alone with it."""
        self._meter.check()
        if self._never_started() and how.status in COULD_NOT_START:
            raise ProjectFailed(life.last_words or f"the program ended with {how.describe()}")
        blamed = self._book.bury()
        self._note(f"the program ended: {how.describe()}")
        if blamed is not None:
            self._blame(blamed, how)

    def _never_started(self) -> bool:
        """Whether nothing so far speaks for the program having run at all."""
        return self._lives == 1 and self._emitted == 0 and self._reader.silent

    def _blame(self, held: Held, how: Exit) -> None:
        if how.status == 0 and not how.out_of_memory:
            self._unanswered(held.task, Verdict.NO_ANSWER, "the program ended without answering")
        else:
            self._unanswered(held.task, Verdict.CRASH, how.describe())

    def _give_up(self, verdict: Verdict, reason: str) -> None:
        """Settle all that is left: nothing more will be tried."""
        for task in self._book.take_all():
            self._unanswered(task, verdict, reason)

    def _unanswered(self, task: Task, verdict: Verdict, reason: str) -> None:
        if verdict is not Verdict.INVALID_OUTPUT and self._meter.budget_refused(task.key):
            verdict = Verdict.BUDGET_EXCEEDED
            reason = f"a budget refused a model call; then: {reason}"
        elif verdict is Verdict.NO_ANSWER and self._meter.reasoning_cut(task.key):
            verdict = Verdict.TRUNCATED_REASONING
            reason = f"the model's reasoning was cut at the track's cap; then: {reason}"
        self._put(task, None, verdict, reason, None)

    def _put(
        self, task: Task, output: Json, verdict: Verdict | None, reason: str, ms: float | None
    ) -> None:
        tokens = self._meter.tokens(task.key)
        self._emitted += 1
        self._emit(
            TaskOutcome(task.key, output, verdict, reason, ms, tokens.prompt, tokens.completion)
        )

    def _note(self, sentence: str) -> None:
        """Tell the participant in the program's own log."""
        self._place.on_log(f"[corral] {sentence}\n".encode(errors="replace"))


def _launch(
    project: StoredProject, program: ProgramSection, policy: Policy, place: Place
) -> Launch:
    return Launch(
        project=project.folder,
        command=program.command,
        door=place.door,
        environment={
            "OPENAI_BASE_URL": "http://127.0.0.1:8080/v1",
            "OPENAI_API_KEY": place.gateway.api_key,
            "CORRAL_MODEL": policy.model,
        },
        limits=policy.limits,
        preload=program.preload,
        packages=project.packages,
    )
