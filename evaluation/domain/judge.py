"""From what a project answered to what it is worth."""

from pathlib import Path
from uuid import UUID

from corral.runner import TaskOutcome
from corral.runner.trials import SandboxedPrograms
from corral.sandbox.base import Sandbox
from corral.scorers.apart import Patience
from corral.scorers.assisted import Help, JudgingModel
from corral.scorers.base import Judgement
from corral.scorers.judging import judge_with_help
from corral.scorers.registry import output_text
from corral.suites.base import Task
from evaluation.domain.record import Judged

MAX_STORED = 64 * 1024


def help_in(sandbox: Sandbox, folder: Path, judge: JudgingModel | None, patience: Patience) -> Help:
    """What this worker can offer to scorers; `folder` is one that the sandbox's user can reach."""
    return Help(SandboxedPrograms(sandbox, folder), judge, patience)


async def judge(task: Task, outcome: TaskOutcome, *, task_id: UUID, help: Help) -> Judged:
    """Score an answer, or give an unanswered task its verdict and 0; no transaction may be open.

    Raises:
        PlatformError: what the scorer needs was not to be had.
    """
    text = "" if outcome.output is None else output_text(outcome.output)
    if outcome.verdict is None:
        judgement = await judge_with_help(task.scorer, text, task.target, task.scorer_options, help)
    else:
        judgement = Judgement(score=0.0, verdict=outcome.verdict, explanation=outcome.reason)
    output = storable(text)
    return Judged(
        task_id=task_id,
        split=task.split,
        output=output,
        cut=len(output) > MAX_STORED,
        answer=storable(judgement.answer or ""),
        verdict=judgement.verdict,
        score=judgement.score,
        explanation=storable(judgement.explanation),
        judge=judgement.judge,
        latency_ms=outcome.latency_ms,
        prompt_tokens=outcome.prompt_tokens,
        completion_tokens=outcome.completion_tokens,
    )


def storable(text: str) -> str:
    """What PostgreSQL can store: no NUL, no lone surrogate, and not without end."""
    clean = text.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
    if len(clean) <= MAX_STORED:
        return clean
    half = MAX_STORED // 2
    return f"{clean[:half]}\n… {len(clean) - MAX_STORED} characters left out …\n{clean[-half:]}"
