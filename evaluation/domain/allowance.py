"""An attempt's budget, which draws from those of its team and its event."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from corral.errors import UpstreamUnavailable
from corral.gateway.budget import Budget, Draw, Grant
from evaluation.domain.accounts import draw_allowance, return_unused
from evaluation.domain.claim import Claim
from evaluation.domain.job import Job
from evaluation.domain.patience import Ask, insist, own_thread
from evaluation.errors import LeaseLost


class SharedBudgets:
    """The engine's `Allowance`, kept in PostgreSQL."""

    def __init__(self, claim: Claim, ask: Ask) -> None:
        self._claim = claim
        self._ask = ask

    async def draw(self, wanted: Draw) -> Grant:
        """Take from both budgets, or say whose is spent.

        Raises:
            UpstreamUnavailable: the attempt holds the run no longer, so nobody answers its calls.
        """
        try:
            return await insist(partial(draw_allowance, self._claim, wanted), ask=self._ask)
        except LeaseLost as lost:
            raise UpstreamUnavailable(str(lost)) from lost


@asynccontextmanager
async def budget_of(job: Job) -> AsyncIterator[Budget]:
    """What the run has left; in the end what was drawn and not used is given back.

    An attempt that is cancelled has lost its lease: whoever took it settles what it drew.
    """
    async with own_thread("budget") as ask:
        budget = Budget(
            tokens=job.policy.token_budget - job.spent_tokens,
            calls=job.policy.call_budget - job.spent_calls,
            allowance=SharedBudgets(job.claim, ask),
        )
        try:
            yield budget
        except Exception:
            await _give_back(job.claim, budget, ask)
            raise
        await _give_back(job.claim, budget, ask)


async def _give_back(claim: Claim, budget: Budget, ask: Ask) -> None:
    if budget.unused_tokens or budget.unused_calls:
        used = {"used_tokens": budget.used_tokens, "used_calls": budget.used_calls}
        await insist(partial(return_unused, claim, **used), ask=ask)
