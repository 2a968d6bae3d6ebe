"""A run's budget that draws from budgets which it shares: waits for draws, never overshoots."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral.gateway.budget import Budget, BudgetExceeded, Draw, Grant
from tests.corral.gateway.bench import chat, open_bench
from tests.fakes.upstream import FakeUpstream

SPENT = "The team's budget of 1,000 tokens for this hackathon is spent."


@dataclass
class Shared:
    """An allowance in memory, slow as a database is; `tokens` and `calls` are what it has left."""

    tokens: int
    calls: int
    chunk: int = 0
    draws: list[Draw] = field(default_factory=list)

    async def draw(self, wanted: Draw) -> Grant:
        self.draws.append(wanted)
        tokens = min(self.tokens, max(wanted.tokens, min(self.chunk, wanted.most_tokens)))
        calls = min(self.calls, max(wanted.calls, min(self.chunk, wanted.most_calls)))
        self.tokens -= tokens
        self.calls -= calls
        await asyncio.sleep(0)
        short = tokens < wanted.tokens or calls < wanted.calls
        return Grant(tokens, calls, SPENT if short else "")


@dataclass(frozen=True)
class Least:
    """The smaller of the run's and the shared budget."""

    tokens: int
    calls: int


async def call(budget: Budget, least: Least, tokens: int, used: int, delays: list[int]) -> None:
    """One call as the gateway makes it: admitted in turn, held for a while, settled.

    It is refused only where it can't fit, whatever the others give back.
    """
    async with budget.turn:
        await budget.room_for(tokens)
        try:
            reservation = budget.reserve(tokens)
        except BudgetExceeded:
            spent = budget.used_calls == least.calls
            assert spent or tokens > least.tokens - budget.used_tokens
            return
    for _ in range(delays.pop() if delays else 1):
        await asyncio.sleep(0)
    if used < 0:
        budget.release(reservation)
    else:
        budget.settle(reservation, min(used, tokens))


async def test_call_waits_for_a_draw_instead_of_being_refused() -> None:
    shared = Shared(tokens=1_000, calls=10)
    budget = Budget(tokens=500, calls=5, allowance=shared)

    await budget.room_for(300)
    budget.settle(budget.reserve(300), 100)
    await budget.room_for(300)

    assert shared.draws == [Draw(300, 1, 500, 5, 0, 0), Draw(100, 1, 200, 4, 300, 1)]
    assert (budget.tokens_left, budget.calls_left) == (300, 1)
    assert (budget.unused_tokens, budget.unused_calls) == (300, 1)


async def test_chunk_serves_several_calls() -> None:
    shared = Shared(tokens=10_000, calls=100, chunk=1_000)
    budget = Budget(tokens=5_000, calls=50, allowance=shared)

    for _ in range(8):
        await budget.room_for(100)
        budget.settle(budget.reserve(100), 100)

    assert len(shared.draws) == 1


async def test_run_draws_no_more_than_it_may_use_itself() -> None:
    shared = Shared(tokens=10_000, calls=100, chunk=10_000)
    budget = Budget(tokens=500, calls=5, allowance=shared)

    await budget.room_for(10_000)

    assert (shared.tokens, shared.calls) == (9_500, 95)
    with pytest.raises(BudgetExceeded, match="the run has 500 left of 500"):
        budget.reserve(501)


async def test_refusal_names_whose_budget_is_spent() -> None:
    budget = Budget(tokens=5_000, calls=50, allowance=Shared(tokens=100, calls=50))

    await budget.room_for(200)

    assert budget.tokens_left == 100
    with pytest.raises(BudgetExceeded) as refused:
        budget.reserve(200)
    assert str(refused.value) == SPENT


async def test_refusal_for_want_of_calls_names_whose_they_are() -> None:
    budget = Budget(tokens=5_000, calls=50, allowance=Shared(tokens=1_000, calls=0))

    await budget.room_for(200)

    with pytest.raises(BudgetExceeded, match="The team's budget"):
        budget.reserve(200)


async def test_call_waits_for_its_own_runs_reservations_when_nothing_can_be_drawn() -> None:
    budget = Budget(tokens=5_000, calls=50, allowance=Shared(tokens=100, calls=50))
    await budget.room_for(80)
    first = budget.reserve(80)
    waiting = asyncio.create_task(budget.room_for(90))
    await asyncio.sleep(0.01)
    assert not waiting.done()

    budget.settle(first, 5)
    await waiting

    assert budget.tokens_left == 95


async def test_what_others_gave_back_is_drawn_again() -> None:
    shared = Shared(tokens=0, calls=50)
    budget = Budget(tokens=5_000, calls=50, allowance=shared)
    await budget.room_for(10)
    assert budget.tokens_left == 0

    shared.tokens = 10
    await budget.room_for(10)

    assert budget.tokens_left == 10


calls = st.lists(st.tuples(st.integers(1, 300), st.integers(-1, 300)), min_size=64, max_size=64)


@settings(max_examples=60, deadline=None)
@given(
    calls=calls,
    own=st.integers(0, 6_000),
    shared=st.integers(0, 6_000),
    chunk=st.integers(0, 800),
    most_calls=st.integers(0, 70),
    shared_calls=st.integers(0, 70),
    delays=st.lists(st.integers(0, 4), max_size=64),
)
def test_64_calls_at_once_never_overshoot(
    calls: list[tuple[int, int]],
    own: int,
    shared: int,
    chunk: int,
    most_calls: int,
    shared_calls: int,
    delays: list[int],
) -> None:
    allowance = Shared(shared, shared_calls, chunk)
    budget = Budget(own, most_calls, allowance)
    least = Least(min(own, shared), min(most_calls, shared_calls))

    async def all_of_them() -> None:
        async with asyncio.timeout(20):
            await asyncio.gather(*[call(budget, least, *one, delays) for one in calls])

    asyncio.run(all_of_them())

    assert budget.used_tokens <= least.tokens
    assert budget.used_calls <= least.calls
    assert shared - allowance.tokens == budget.used_tokens + budget.unused_tokens <= own
    assert shared_calls - allowance.calls == budget.used_calls + budget.unused_calls <= most_calls


async def test_project_is_told_whose_budget_is_spent(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    allowance = Shared(tokens=700, calls=50)
    async with open_bench(upstream, tmp_path, allowance=allowance) as bench:
        replies = [await bench.post(chat("[[tokens 300]]", max_tokens=400)) for _ in range(4)]

        assert replies[0].status == 200
        assert replies[-1].status == 429
        assert replies[-1].error["message"] == SPENT
        assert bench.budget.used_tokens + bench.budget.unused_tokens + allowance.tokens == 700


async def test_draw_of_a_call_that_was_cancelled_meanwhile_is_known() -> None:
    shared = Shared(tokens=10_000, calls=100, chunk=500)
    budget = Budget(tokens=1_000, calls=10, allowance=shared)

    async def admitted() -> None:
        async with budget.turn:
            await budget.room_for(100)

    for _ in range(20):
        leaving = asyncio.ensure_future(admitted())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait({leaving})
    assert budget.unused_tokens == 10_000 - shared.tokens == 500
    assert budget.unused_calls == 100 - shared.calls
