"""Many outputs judged, those that need a sandbox several at once."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.json_types import Json
from corral.runner.trials import SandboxedPrograms
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.self_test import examine
from corral.scorers.assisted import ASSISTED
from corral.scorers.help import Help
from corral.scorers.judging import judge_output, judge_with_help
from corral.scorers.text import output_text
from corral.suites.base import Task

PROGRAMS = frozenset(("code", "output_prediction"))
_AT_ONCE = 4
_SLOT = 60


@dataclass(frozen=True, slots=True)
class Case:
    """One output for one task; `expected` is whether it should be right, None where unknown."""

    task: Task
    output: Json
    expected: bool | None = None


def needs_sandbox(tasks: Sequence[Task]) -> bool:
    """Whether one of the tasks is scored by running programs."""
    return any(task.scorer in PROGRAMS for task in tasks)


async def scores_of(cases: Sequence[Case], help_: Help) -> list[float]:
    """The score of every case, in order; a task's same output is scored once.

    Raises:
        PlatformError: a scorer's help was not to be had.
    """
    gate = asyncio.Semaphore(_AT_ONCE)
    named = [(case.task.key, output_text(case.output)) for case in cases]
    once = dict(zip(named, cases, strict=True))
    scores = await asyncio.gather(*(_score(case, help_, gate) for case in once.values()))
    known = dict(zip(once, scores, strict=True))
    return [known[name] for name in named]


async def _score(case: Case, help_: Help, gate: asyncio.Semaphore) -> float:
    task, output = case.task, output_text(case.output)
    if task.scorer not in ASSISTED:
        return judge_output(task.scorer, output, task.target, task.scorer_options).score
    async with gate:
        judgement = await judge_with_help(
            task.scorer, output, task.target, task.scorer_options, help_
        )
        return judgement.score


@asynccontextmanager
async def sandbox_help() -> AsyncIterator[Help]:
    """Help with a real sandbox, which has shown that it holds.

    Raises:
        SandboxUnavailable: there is none on this machine.
    """
    with tempfile.TemporaryDirectory(prefix="corral-verify-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the sandbox's user must get through
        sandbox = BubblewrapSandbox(
            state=folder / "state",
            interpreter=Path(os.environ.get("SANDBOX_PYTHON", "/usr/bin/python3")),
            base_environment=None,
            slot=_SLOT,
            degraded=True,
        )
        if problems := await examine(sandbox):
            raise SandboxUnavailable(" ".join(problems))
        yield Help(programs=SandboxedPrograms(sandbox, folder))
