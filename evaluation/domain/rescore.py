"""Scored again from what was recorded: no project, no gateway, no token."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from django.db.models.functions import Coalesce

from catalogue.domain.judge import judge_for
from catalogue.models import SuiteVersion, Task
from corral.errors import PlatformError
from corral.json_types import Json
from corral.sandbox.base import Sandbox
from corral.scorers.apart import Patience
from corral.scorers.assisted import Help
from corral.scorers.base import JudgedBy, Judgement
from corral.scorers.judging import judge_with_help
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.claim import Claim
from evaluation.domain.job import workspace
from evaluation.domain.judge import help_in, storable
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


async def rescore(claim: Claim, sandbox: Sandbox) -> None:
    """Judge all tasks that have no result yet, a batch at a time.

    `sandbox` is for scorers that try out what was recorded; no transaction is open while they do.

    Raises:
        LeaseLost: the attempt holds the run no longer.
        PlatformError: a task's output was not recorded, so only a re-run can tell; or what its
            scorer needs was not to be had.
    """
    run, tasks = await insist(partial(_begin, claim))
    judge = await insist(partial(judge_for, [task.scorer for task in tasks]))
    with workspace(claim) as folder:
        help = help_in(sandbox, folder, judge, Patience())
        for start in range(0, len(tasks), BATCH):
            batch = tasks[start : start + BATCH]
            recorded = await insist(partial(_recorded, run, batch))
            judged = [await judge_again(task, recorded.get(task.key), help) for task in batch]
            await insist(partial(record_results, claim, judged, Spent()))


def _begin(claim: Claim) -> tuple[Run, list[Task]]:
    """The run, and its tasks without a result in their order."""
    run = Run.objects.get(pk=claim.run_id)
    begin_running(claim, degraded=run.degraded)
    tasks = Task.objects.filter(suite_version=run.suite_version_id).order_by("position")
    return run, list(tasks.exclude(pk__in=run.results.values("task")))


def _recorded(run: Run, tasks: Sequence[Task]) -> Mapping[str, TaskResult]:
    """What the run that is scored again has recorded, by the tasks' keys."""
    keys = [task.key for task in tasks]
    return {
        result.task.key: result
        for result in TaskResult.objects.select_related("task").filter(
            run=run.source_id, task__key__in=keys
        )
    }


async def judge_again(task: Task, recorded: TaskResult | None, help: Help) -> Judged:
    """What a recorded output is worth as an answer to a task of another version.

    A task that was not answered keeps its verdict. So does an output that was cut, while the task
    asks the same: nothing tells what the scorer saw in the part that is not stored. Else what is
    stored of it decides.

    Raises:
        PlatformError: there is no output, or it answered another input, or what the scorer needs
            was not to be had.
    """
    if recorded is None or recorded.task.input != task.input:
        raise PlatformError(f"No output was recorded for the task {task.key}.")
    if not was_answered(recorded) or (recorded.cut and asks_the_same(task, recorded.task)):
        return _judged(task, recorded, _as_before(recorded))
    found = await judge_with_help(
        task.scorer, recorded.output, task.target, task.scorer_options, help
    )
    if recorded.cut:
        found = replace(found, explanation=f"{found.explanation} {CUT}")
    return _judged(task, recorded, found)


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


def _as_before(recorded: TaskResult) -> Judgement:
    return Judgement(
        recorded.score,
        Verdict(recorded.verdict),
        recorded.explanation,
        recorded.answer,
        JudgedBy(**recorded.judge) if recorded.judge else None,
    )


def _judged(task: Task, recorded: TaskResult, found: Judgement) -> Judged:
    return Judged(
        task_id=task.pk,
        split=Split(task.split),
        output=recorded.output,
        cut=recorded.cut,
        answer=storable(found.answer or ""),
        verdict=found.verdict,
        score=found.score,
        explanation=storable(found.explanation),
        judge=found.judge,
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
