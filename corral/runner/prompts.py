"""Drives a project of kind `prompt`: the platform itself asks the model, without a sandbox."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corral.errors import UpstreamUnavailable, UserError
from corral.gateway.budget import BudgetExceeded
from corral.gateway.reasoning import ended_in_thought
from corral.gateway.server import CallRefused, Gateway
from corral.json_types import Json, JsonObject
from corral.policy import Policy
from corral.project.manifest import PromptSection
from corral.project.prompt import render_prompt
from corral.runner.metering import Meter
from corral.runner.outcome import ProjectFailed, TaskOutcome
from corral.suites.base import Task
from corral.verdicts import Verdict

CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came of asking: an output to be scored, or a verdict and its reason."""

    output: Json = None
    verdict: Verdict | None = None
    reason: str = ""


class PromptRun:
    """One run of one prompt; `emit` gets exactly one outcome for each task."""

    def __init__(
        self,
        folder: Path,
        prompt: PromptSection,
        policy: Policy,
        gateway: Gateway,
        emit: Callable[[TaskOutcome], None],
    ) -> None:
        self._prompt = prompt
        self._template = read_template(folder, prompt.template)
        self._policy = policy
        self._gateway = gateway
        self._meter = Meter(gateway)
        self._emit = emit
        self._wall = 0.0

    async def run(self, tasks: Sequence[Task]) -> None:
        """Settle every task, a few at a time.

        Raises:
            UpstreamUnavailable: the platform's fault; what was emitted holds.
        """
        self._wall = time.monotonic() + self._policy.limits.wall_seconds
        waiting = iter(tasks)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(CONCURRENCY, self._policy.max_concurrency)):
                    group.create_task(self._settle_each(waiting))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        finally:
            self._meter.release_all()

    async def _settle_each(self, waiting: Iterator[Task]) -> None:
        for task in waiting:
            self._meter.hold(task.key)
            started = time.monotonic()
            reply = await self._ask(task)
            self._meter.check()
            self._meter.release(task.key)
            self._put(task, reply, (time.monotonic() - started) * 1000)

    async def _ask(self, task: Task) -> _Reply:
        seconds = self._policy.task_seconds
        left = self._wall - time.monotonic()
        try:
            body = self._request(task)
            async with asyncio.timeout(min(seconds, left)):
                completion = await self._gateway.complete(body, task_key=task.key)
        except TimeoutError:
            wall = f"the run's {self._policy.limits.wall_seconds:g} s were used up"
            reason = wall if left < seconds else f"not answered in {seconds:g} s"
            return _Reply(verdict=Verdict.TIMEOUT, reason=reason)
        except BudgetExceeded as refusal:
            return _Reply(verdict=Verdict.BUDGET_EXCEEDED, reason=str(refusal))
        except CallRefused as refusal:
            # It never got as far as an output: the prompt itself can't be asked (too long, say).
            return _Reply(verdict=Verdict.NO_ANSWER, reason=f"the call was refused: {refusal}")
        except UserError as refusal:
            return _Reply(verdict=Verdict.NO_ANSWER, reason=f"no prompt could be made: {refusal}")
        return _reply(completion)

    def _request(self, task: Task) -> JsonObject:
        rendered = render_prompt(self._prompt, self._template, task.input)
        messages: list[Json] = [{**message} for message in rendered]
        return {**self._prompt.sampling, "model": self._policy.model, "messages": messages}

    def _put(self, task: Task, reply: _Reply, ms: float) -> None:
        tokens = self._meter.tokens(task.key)
        self._emit(
            TaskOutcome(
                key=task.key,
                output=reply.output,
                verdict=reply.verdict,
                reason=reply.reason,
                latency_ms=ms if reply.verdict is None else None,
                prompt_tokens=tokens.prompt,
                completion_tokens=tokens.completion,
            )
        )


def _reply(completion: JsonObject) -> _Reply:
    content = content_of(completion)
    if content.strip():
        return _Reply(output=content)
    if ended_in_thought(completion):
        reason = "the model was still reasoning when its tokens were used up"
        return _Reply(verdict=Verdict.TRUNCATED_REASONING, reason=reason)
    return _Reply(verdict=Verdict.NO_ANSWER, reason="the model answered with nothing")


def content_of(completion: JsonObject) -> str:
    """The text of a chat completion's first choice, "" if it has none.

    Raises:
        UpstreamUnavailable: the model server sent something else than a chat completion.
    """
    match completion:
        case {"choices": [{"message": {"content": str(content)}}, *_]}:
            return content
        case {"choices": [{"message": dict()}, *_]}:
            return ""
        case _:
            raise UpstreamUnavailable("The model server's reply is not a chat completion.")


def read_template(folder: Path, name: str) -> str:
    """The text of a prompt's template, which must lie inside its project.

    Raises:
        ProjectFailed: it can't be read.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ProjectFailed(f"The template {name} lies outside the project.")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ProjectFailed(f"The template {name} can't be read as UTF-8 text.") from None
