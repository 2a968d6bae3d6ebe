"""Run and scored: one attempt from its claim to its end. No transaction is open while it runs."""

import asyncio
import logging
import secrets
import time
from functools import partial
from pathlib import Path

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError

from corral.errors import PlatformError
from corral.gateway.budget import Budget
from corral.gateway.server import Gateway
from corral.head_tail import HeadTail
from corral.runner import ProjectFailed, StoredProject, TaskOutcome, run_project
from corral.sandbox.base import Sandbox
from corral.suites.base import Split, Task
from evaluation.domain.claim import Claim, renew_lease
from evaluation.domain.job import Job, fetch_project, load_job, workspace
from evaluation.domain.judge import judge
from evaluation.domain.record import (
    Judged,
    Spent,
    begin_running,
    finish_failed,
    finish_scored,
    give_back,
    record_log,
    record_results,
)
from evaluation.errors import LeaseLost

log = logging.getLogger(__name__)
FLUSH_SECONDS = 0.25


def execute(claim: Claim, *, sandbox: Sandbox, degraded: bool) -> None:
    """Take a claimed run to its end, or give it back; whatever happens, it does not stay open.

    `degraded` says that rlimits stand in for cgroups, for the record.
    """
    try:
        async_to_sync(_attempt)(claim, sandbox, degraded)
        finish_scored(claim)
    except LeaseLost:
        log.warning("Run %s: attempt %s lost its lease.", claim.run_id, claim.attempt)
    except ProjectFailed as failure:
        _unless_lost(partial(finish_failed, claim, reason=failure.reason))
    except PlatformError as error:
        log.warning("Run %s: %s", claim.run_id, error)
        give_back(claim, reason=str(error))
    except Exception as error:
        log.exception("Run %s failed unexpectedly.", claim.run_id)
        give_back(claim, reason=f"unexpected {type(error).__name__}.")


def _unless_lost(finish: "partial[None]") -> None:
    try:
        finish()
    except LeaseLost:
        log.warning("An attempt ended after its lease.")


async def _attempt(claim: Claim, sandbox: Sandbox, degraded: bool) -> None:
    """Work while the lease is kept; whichever ends first ends the other."""
    work = asyncio.create_task(_work(claim, sandbox, degraded))
    keeper = asyncio.create_task(_keep_lease(claim))
    try:
        await asyncio.wait({work, keeper}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (work, keeper):
            task.cancel()
        ended = await asyncio.gather(work, keeper, return_exceptions=True)
    for outcome in reversed(ended):  # a lost lease explains everything else
        if isinstance(outcome, Exception):
            raise outcome


async def _keep_lease(claim: Claim) -> None:
    """Renew until it is lost; PostgreSQL may be away for as long as the lease lasts.

    Raises:
        LeaseLost: another may have the run by now.
    """
    good_until = time.monotonic() + settings.LEASE_SECONDS
    while time.monotonic() < good_until:
        await asyncio.sleep(settings.HEARTBEAT_SECONDS)
        asked = time.monotonic()
        try:
            held = await sync_to_async(renew_lease)(claim)
        except (OperationalError, InterfaceError):
            continue
        if not held:
            break
        good_until = asked + settings.LEASE_SECONDS
    raise LeaseLost("The lease was not renewed in time.")


async def _work(claim: Claim, sandbox: Sandbox, degraded: bool) -> None:
    job = await sync_to_async(load_job)(claim)
    with workspace(claim) as folder:
        project = await asyncio.to_thread(fetch_project, job, folder)
        await sync_to_async(begin_running)(claim, degraded=degraded)
        budget = Budget(
            tokens=job.policy.token_budget - job.spent_tokens,
            calls=job.policy.call_budget - job.spent_calls,
        )
        for split in Split:
            if job.tasks[split]:
                part = _Part(job, split, project, sandbox, budget, folder / f"{split}.sock")
                await part.run()


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
        self.log = HeadTail(job.policy.limits.log_bytes)
        self.waiting: list[Judged] = []
        self.recorded = Spent()
        self.recorded_at = time.monotonic()

    async def run(self) -> None:
        """Run the tasks and record them as they come, in small batches."""
        gateway = Gateway(
            upstream=self.job.upstream,
            model=self.job.policy.model,
            budget=self.budget,
            api_key=f"run-{secrets.token_urlsafe(18)}",
        )
        async with gateway:
            await gateway.serve(self.socket, self.sandbox.owner())
            driver = asyncio.create_task(self._drive(gateway))
            try:
                await self._record_as_they_come(driver, gateway)
            finally:
                driver.cancel()
                await asyncio.gather(driver, return_exceptions=True)
                await self._keep_log()
            await gateway.close()  # what was still being asked is settled now
            await self._record(gateway)
            driver.result()

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
                self.waiting.append(self._judged(self.tasks[outcome.key], outcome))
        finally:
            await outcomes.aclose()

    async def _record_as_they_come(self, driver: "asyncio.Task[None]", gateway: Gateway) -> None:
        """Until the driver has ended; never two records at once, so no result goes in twice."""
        while not driver.done():
            await asyncio.wait({driver}, timeout=FLUSH_SECONDS)
            if self.waiting:
                await self._record(gateway)

    async def _record(self, gateway: Gateway) -> None:
        """Write the waiting results with what was spent since the last time."""
        batch, now, usage = tuple(self.waiting), time.monotonic(), gateway.usage()
        total = Spent(usage.prompt_tokens, usage.completion_tokens, usage.calls)
        spent = Spent(
            total.prompt_tokens - self.recorded.prompt_tokens,
            total.completion_tokens - self.recorded.completion_tokens,
            total.calls - self.recorded.calls,
            now - self.recorded_at,
        )
        await sync_to_async(record_results)(self.job.claim, batch, spent)
        del self.waiting[: len(batch)]
        self.recorded, self.recorded_at = total, now

    async def _keep_log(self) -> None:
        """Logs of the private sandbox are nobody's to read, so they are not kept."""
        if self.split is Split.PUBLIC and self.log.total:
            await sync_to_async(record_log)(self.job.claim, self.log)

    def _judged(self, task: Task, outcome: TaskOutcome) -> Judged:
        return judge(task, outcome, task_id=self.job.task_ids[task.key])
