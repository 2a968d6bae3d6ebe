"""Run and scored: one attempt from its claim to its end. No transaction is open while it runs."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.db import close_old_connections
from django.utils import timezone

from corral.errors import PlatformError
from corral.gateway.budget import Budget
from corral.gateway.ledger import Usage
from corral.gateway.server import Gateway
from corral.head_tail import HeadTail
from corral.runner import ProjectFailed, StoredProject, TaskOutcome, run_project
from corral.sandbox.base import Sandbox
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.allowance import budget_of
from evaluation.domain.claim import Claim
from evaluation.domain.endings import finish_failed, finish_scored, finish_stopped, give_back
from evaluation.domain.environment import equipped
from evaluation.domain.job import Job, fetch_project, load_job, workspace
from evaluation.domain.judge import help_in, judge, storable
from evaluation.domain.keeper import keep_lease
from evaluation.domain.ledger import Bookkeeper
from evaluation.domain.patience import AWAY, insist
from evaluation.domain.record import (
    Judged,
    Spent,
    begin_running,
    record_environment,
    record_log,
    record_results,
    record_served,
)
from evaluation.domain.rescore import is_rescore, rescore
from evaluation.domain.served import insist_on_model
from evaluation.domain.share import keep_share
from evaluation.errors import LeaseLost, StoppedEarly

log = logging.getLogger(__name__)
FLUSH_SECONDS = 0.25


def execute(claim: Claim, *, sandbox: Sandbox, degraded: bool) -> None:
    """Take a claimed run to its end, or give it back; whatever happens, it does not stay open.

    `degraded` says that rlimits stand in for cgroups, for the record.
    """
    try:
        async_to_sync(_attempt)(claim, sandbox, degraded)
        _finish(finish_scored, claim)
    except LeaseLost:
        log.warning("Run %s: attempt %s lost its lease.", claim.run_id, claim.attempt)
    except StoppedEarly as stopped:
        _unless_lost(partial(_finish, finish_stopped, claim, reason=str(stopped)))
    except ProjectFailed as failure:
        _unless_lost(partial(_finish, finish_failed, claim, reason=storable(failure.reason)))
    except PlatformError as error:
        log.warning("Run %s: %s", claim.run_id, error)
        _finish(give_back, claim, reason=storable(str(error)))
    except Exception as error:
        log.exception("Run %s failed unexpectedly.", claim.run_id)
        close_old_connections()  # a cut connection never heals by itself
        _finish(give_back, claim, reason=f"unexpected {type(error).__name__}.")


def _finish(write: Callable[..., object], *given: Any, **named: Any) -> None:
    """Write how an attempt ends; PostgreSQL may be away for a while just then, too."""
    async_to_sync(insist)(partial(write, *given, **named))


def _unless_lost(finish: "partial[None]") -> None:
    try:
        finish()
    except LeaseLost:
        log.warning("An attempt ended after its lease.")


async def _attempt(claim: Claim, sandbox: Sandbox, degraded: bool) -> None:
    """Work while the lease is kept; whichever ends first ends the other."""
    work = asyncio.create_task(_work(claim, sandbox, degraded))
    keeper = asyncio.create_task(keep_lease(claim))
    try:
        await asyncio.wait({work, keeper}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (work, keeper):
            task.cancel()
        ended = await asyncio.gather(work, keeper, return_exceptions=True)
    for outcome in reversed(ended):  # a lost lease explains everything else
        if isinstance(outcome, Exception):
            raise outcome


async def _write(write: Callable[..., None], *given: Any, **named: Any) -> None:
    """Write to PostgreSQL, with patience."""
    await insist(partial(write, *given, **named))


async def _work(claim: Claim, sandbox: Sandbox, degraded: bool) -> None:
    if await insist(partial(is_rescore, claim)):
        await rescore(claim, sandbox)
    else:
        await _evaluate(claim, sandbox, degraded)


async def _evaluate(claim: Claim, sandbox: Sandbox, degraded: bool) -> None:
    job = await insist(partial(load_job, claim))
    if job.contest is not None and job.contest.is_lost(timezone.now()):
        raise StoppedEarly(job.contest.sentence)  # a worker was killed just before it ended
    with workspace(claim) as folder:
        project = await asyncio.to_thread(fetch_project, job, folder)
        record = partial(_write, record_environment, claim)
        needs = equipped(project, uid=sandbox.owner(), begun=job.begun, record=record)
        async with needs as ready:
            await _run(job, ready, folder, sandbox, degraded)


async def _run(
    job: Job, project: StoredProject, folder: Path, sandbox: Sandbox, degraded: bool
) -> None:
    served = await insist_on_model(job, partial(_write, record_served, job.claim))
    await _write(begin_running, job.claim, degraded=degraded)
    async with budget_of(job) as budget:
        for split in Split:
            if job.tasks[split]:
                part = _Part(job, split, project, sandbox, budget, folder / f"{split}.sock")
                await part.run(served.slots)


class _Part:
    """The public or the private half of an attempt: a sandbox and a gateway of its own."""

    def __init__(
        self,
        job: Job,
        split: Split,
        project: StoredProject,
        sandbox: Sandbox,
        budget: Budget,
        socket: Path,
    ) -> None:
        self.job, self.split, self.project = job, split, project
        self.sandbox, self.budget, self.socket = sandbox, budget, socket
        self.tasks = {task.key: task for task in job.tasks[split]}
        self.help = help_in(sandbox, socket.parent, job.judge, job.patience)
        self.log = HeadTail(job.policy.limits.log_bytes)
        self.waiting: list[Judged] = []
        self.bookkeeper = Bookkeeper(split)
        self.recorded = Usage()
        self.recorded_at = time.monotonic()
        self.contest = job.contest if split is Split.PUBLIC else None
        self.stopped = ""  # why, once it is

    async def run(self, slots: int | None) -> None:
        """Run the tasks and record them as they come, in small batches.

        `slots` is how many calls the model server works on at once, where that is known.
        """
        gateway = Gateway(
            upstream=self.job.upstream,
            model=self.job.policy.model,
            budget=self.budget,
            rules=self.job.policy.rules,
            embeddings=self.job.embeddings,
            api_key=f"run-{secrets.token_urlsafe(18)}",
        )
        async with gateway:
            driver = asyncio.create_task(self._drive(gateway))
            share = asyncio.create_task(
                keep_share(gateway, model_id=self.job.model_id, slots=slots)
            )
            try:
                await self._record_as_they_come(driver, gateway)
            finally:
                for task in (driver, share):
                    task.cancel()
                await asyncio.gather(driver, share, return_exceptions=True)
                await self._keep_log()
            await gateway.close()  # what was still being asked is settled now
            await self._record(gateway)
            driver.result()
            if self.stopped:
                raise StoppedEarly(self.stopped)

    async def _drive(self, gateway: Gateway) -> None:
        outcomes = run_project(
            self.project,
            self.job.tasks[self.split],
            self.job.policy,
            gateway=gateway,
            sandbox=self.sandbox,
            gateway_socket=self.socket,
            on_log=self.log.write,
        )
        try:
            async for outcome in outcomes:
                await self._take(outcome)
                if self.contest is not None and self.contest.is_lost(timezone.now()):
                    self.stopped = self.contest.sentence
                    break
        except ProjectFailed as failure:
            await self._did_not_start(failure.reason)
        finally:
            await outcomes.aclose()

    async def _did_not_start(self, reason: str) -> None:
        """Nothing could start in this sandbox: the run has failed, unless it had begun before.

        The reason is what the program said last. It must not be told of the private sandbox: a
        program could say a private task.

        Raises:
            ProjectFailed: nothing of the project ever started.
        """
        private = self.split is Split.PRIVATE
        if not self.job.begun and not (private and self.job.tasks[Split.PUBLIC]):
            raise ProjectFailed("the program could not start" if private else reason)
        said = f"the program could not start again: {reason}"
        for key in self.tasks:
            await self._take(TaskOutcome(key, None, Verdict.CRASH, said, None, 0, 0))

    async def _record_as_they_come(self, driver: "asyncio.Task[None]", gateway: Gateway) -> None:
        """Until the driver has ended; never two records at once, so no result goes in twice.

        What came with its end is left to the last record, which there is in any case.
        """
        while not driver.done():
            await asyncio.wait({driver}, timeout=FLUSH_SECONDS)
            if driver.done():
                return
            if self.waiting or self.bookkeeper.is_behind(gateway.ledger):
                await self._record(gateway)

    async def _record(self, gateway: Gateway) -> None:
        """Write the waiting results with what was spent since the last time."""
        batch, now, usage = tuple(self.waiting), time.monotonic(), gateway.usage()
        before, seconds = self.recorded, now - self.recorded_at
        spent = Spent(
            usage.prompt_tokens - before.prompt_tokens,
            usage.completion_tokens - before.completion_tokens,
            usage.calls - before.calls,
            seconds,
            usage.reasoning_tokens - before.reasoning_tokens,
        )
        pack = self.bookkeeper.next_pack(gateway.ledger)
        await _write(record_results, self.job.claim, batch, spent, pack)
        del self.waiting[: len(batch)]
        self.bookkeeper.stored(pack)
        self.recorded, self.recorded_at = usage, now

    async def _keep_log(self) -> None:
        """Logs of the private sandbox are nobody's to read, so they are not kept."""
        if self.split is Split.PRIVATE or not self.log.total:
            return
        try:
            await sync_to_async(record_log)(self.job.claim, self.log)
        except AWAY as error:
            log.warning("A log is lost: %s", error)  # no attempt is given up for it

    async def _take(self, outcome: TaskOutcome) -> None:
        task, task_id = self.tasks[outcome.key], self.job.task_ids[outcome.key]
        judged = await judge(task, outcome, task_id=task_id, help=self.help)
        self.waiting.append(judged)
        if self.contest is not None:
            self.contest = self.contest.after(judged.task_id, judged.score)
