"""Scored again from what was recorded: no sandbox, no gateway, no token."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db.models.functions import Coalesce

from catalogue.models import SuiteVersion, Task
from corral.errors import PlatformError
from corral.json_types import Json
from corral.scorers.judging import judge_output
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.claim import Claim
from evaluation.domain.judge import storable
from evaluation.domain.patience import insist
from evaluation.domain.record import Judged, Spent, begin_running, record_results
from evaluation.enums import RunState
from evaluation.models import Run, TaskResult
from hackathons.models import Track

BATCH = 50
CUT = "Judged by the first and the last 32 KiB of the output, which are all that is stored of it."


def is_rescore(claim: Claim) -> bool:
    """Whether the claimed run is to be judged by what another one recorded."""
    return Run.objects.filter(pk=claim.run_id, source__isnull=False).exists()


async def rescore(claim: Claim) -> None:
    """Judge all tasks that have no result yet, a batch at a time.

    Raises:
        LeaseLost: the attempt holds the run no longer.
        PlatformError: a task's output was not recorded, so only a re-run can tell.
    """
    run, tasks = await insist(partial(_begin, claim))
    for start in range(0, len(tasks), BATCH):
        judged = await insist(partial(_judge_all, run, tasks[start : start + BATCH]))
        await insist(partial(record_results, claim, judged, Spent()))


def _begin(claim: Claim) -> tuple[Run, list[Task]]:
    """The run, and its tasks without a result in their order."""
    run = Run.objects.get(pk=claim.run_id)
    begin_running(claim, degraded=run.degraded)
    tasks = Task.objects.filter(suite_version=run.suite_version_id).order_by("position")
    return run, list(tasks.exclude(pk__in=run.results.values("task")))


def _judge_all(run: Run, tasks: Sequence[Task]) -> list[Judged]:
    keys = [task.key for task in tasks]
    recorded = {
        result.task.key: result
        for result in TaskResult.objects.select_related("task").filter(
            run=run.source_id, task__key__in=keys
        )
    }
    return [judge_again(task, recorded.get(task.key)) for task in tasks]


def judge_again(task: Task, recorded: TaskResult | None) -> Judged:
    """What a recorded output is worth as an answer to a task of another version.

    A task that was not answered keeps its verdict. So does an output that was cut, while the task
    asks the same: nothing tells what the scorer saw in the part that is not stored. Else what is
    stored of it decides.

    Raises:
        PlatformError: there is no output, or it answered another input.
    """
    if recorded is None or recorded.task.input != task.input:
        raise PlatformError(f"No output was recorded for the task {task.key}.")
    if not was_answered(recorded) or (recorded.cut and asks_the_same(task, recorded.task)):
        return _judged(
            task, recorded, recorded.verdict, recorded.score, recorded.answer, recorded.explanation
        )
    found = judge_output(task.scorer, recorded.output, task.target, task.scorer_options)
    why = f"{found.explanation} {CUT}" if recorded.cut else found.explanation
    return _judged(task, recorded, found.verdict, found.score, found.answer or "", why)


def was_answered(recorded: TaskResult) -> bool:
    """Whether the project gave an answer that a scorer judged."""
    return recorded.latency_ms is not None and recorded.verdict != Verdict.INVALID_OUTPUT


def asks_the_same(one: Task, other: Task) -> bool:
    """Whether the same outputs are right, by the same scorer."""
    return (one.scorer, one.scorer_options, one.target) == (
        other.scorer,
        other.scorer_options,
        other.target,
    )


def _judged(
    task: Task, recorded: TaskResult, verdict: str, score: float, answer: str, explanation: str
) -> Judged:
    return Judged(
        task_id=task.pk,
        split=Split(task.split),
        output=recorded.output,
        cut=recorded.cut,
        answer=storable(answer),
        verdict=Verdict(verdict),
        score=score,
        explanation=storable(explanation),
        latency_ms=recorded.latency_ms,
        prompt_tokens=recorded.prompt_tokens,
        completion_tokens=recorded.completion_tokens,
    )


def tasks_without_output(track: Track, version: SuiteVersion) -> list[str]:
    """The keys of the version's tasks that the track's runs have recorded no output for.

    They are new, or ask something else than the task of that key in the version that was run.
    """
    recorded = [_inputs_of(version_id) for version_id in _versions_run(track)]
    return [
        key
        for key, asked in _inputs_of(version.pk).items()
        if any(inputs.get(key) != asked for inputs in recorded)
    ]


def _versions_run(track: Track) -> set[UUID]:
    """Those that the track's outputs were recorded against, and its present one."""
    scored = Run.objects.filter(submission__track=track, counts=True, state=RunState.SCORED)
    version = Coalesce("source__suite_version", "suite_version")
    found = set(scored.order_by().annotate(run=version).values_list("run", flat=True).distinct())
    return found | {track.suite_version_id}


def _inputs_of(version_id: UUID) -> dict[str, Json]:
    tasks = Task.objects.filter(suite_version=version_id).order_by("position")
    return dict(tasks.values_list("key", "input"))
