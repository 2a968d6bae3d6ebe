"""Budgets: reserved, settled, never overshot."""

import asyncio
from pathlib import Path

import openai
import pytest

from corral.gateway.budget import Budget, BudgetExceeded
from corral.gateway.order import TEMPLATE_TOKENS
from tests.corral.gateway.bench import CHAT, Bench, chat, open_bench
from tests.fakes.upstream import FakeUpstream


def test_reservation_is_settled_at_what_was_used() -> None:
    budget = Budget(tokens=100, calls=2)
    reservation = budget.reserve(60)
    assert (budget.tokens_left, budget.calls_left) == (40, 1)

    budget.settle(reservation, 10)

    assert (budget.tokens_left, budget.calls_left) == (90, 1)


def test_reservation_that_is_released_costs_nothing() -> None:
    budget = Budget(tokens=100, calls=1)
    budget.release(budget.reserve(60))

    assert (budget.tokens_left, budget.calls_left) == (100, 1)


def test_reservation_is_closed_only_once() -> None:
    budget = Budget(tokens=100, calls=1)
    reservation = budget.reserve(60)
    budget.settle(reservation, 60)

    with pytest.raises(ValueError, match="before"):
        budget.release(reservation)


@pytest.mark.parametrize(("tokens", "calls"), [(59, 1), (100, 0), (0, 0), (-5, -5)])
def test_reservation_beyond_the_budget_is_refused(tokens: int, calls: int) -> None:
    budget = Budget(tokens=tokens, calls=calls)

    with pytest.raises(BudgetExceeded):
        budget.reserve(60)


async def test_room_is_waited_for_while_others_hold_it() -> None:
    budget = Budget(tokens=100, calls=9)
    first = budget.reserve(80)
    waiting = asyncio.create_task(budget.room_for(50))
    await asyncio.sleep(0)
    assert not waiting.done()

    budget.settle(first, 20)
    await waiting

    await budget.room_for(1000)  # nobody holds anything: there is nothing to wait for


async def test_64_calls_at_once_never_overshoot(upstream: FakeUpstream, tmp_path: Path) -> None:
    upstream.settings.latency = 0.005
    async with open_bench(upstream, tmp_path, tokens=1500, calls=1000) as bench:
        replies = await asyncio.gather(
            *[bench.post(chat(f"[[tokens 40]] {n}", max_tokens=50)) for n in range(64)]
        )
        lowest = bench.budget.tokens - bench.budget.used_tokens
        statuses = [reply.status for reply in replies]

        assert set(statuses) == {200, 429}
        assert 0 <= lowest < 150
        assert bench.gateway.usage().refused == statuses.count(429)
        assert bench.gateway.usage().calls == statuses.count(200) == len(upstream.requests)
        bench.check_books()


async def test_calls_are_counted_too(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with open_bench(upstream, tmp_path, calls=5) as bench:
        replies = await asyncio.gather(*[bench.post(chat()) for _ in range(64)])

    assert sorted(reply.status for reply in replies) == [200] * 5 + [429] * 59


async def test_answer_is_shortened_to_what_is_left(upstream: FakeUpstream, tmp_path: Path) -> None:
    text = "[[tokens 500]]"
    bound = TEMPLATE_TOKENS + 40
    async with open_bench(upstream, tmp_path, tokens=bound + 100) as bench:
        reply = await bench.post(chat(text, max_tokens=400))

        assert reply.json()["choices"][0]["finish_reason"] == "length"
        assert 100 <= upstream.requests[0]["max_tokens"] < 140
        assert bench.budget.used_tokens <= bench.budget.tokens


async def test_answer_is_not_shortened_by_reservations_of_others(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.latency = 0.02
    async with open_bench(upstream, tmp_path, tokens=1500) as bench:
        await asyncio.gather(*[bench.post(chat(max_tokens=900)) for _ in range(4)])

    assert [request["max_tokens"] for request in upstream.requests] == [900] * 4


async def test_prompt_is_measured_when_its_bound_does_not_fit(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.tokenizer = True
    async with open_bench(upstream, tmp_path, tokens=300) as bench:
        reply = await bench.post(chat("incomprehensibilities " * 40, max_tokens=50))

    assert reply.status == 200
    assert upstream.requests[0]["max_tokens"] == 50


async def test_prompt_that_cannot_be_measured_is_bounded_by_its_bytes(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path, tokens=300) as bench:
        reply = await bench.post(chat("incomprehensibilities " * 40, max_tokens=50))

        assert reply.status == 429
        assert bench.gateway.usage().calls == 0


async def test_stock_client_does_not_retry_a_spent_budget(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path, calls=0) as bench:
        bench.gateway.in_flight.add("t1")
        with pytest.raises(openai.RateLimitError) as refused:
            await bench.ask("hello")

        assert refused.value.code == "insufficient_quota"
        assert refused.value.type == "insufficient_quota"
        assert bench.gateway.usage().refused == 1
        assert bench.gateway.budget_refused
        assert bench.gateway.budget_refused_keys == {"t1"}
        assert bench.gateway.usage_of("t1").refused == 1
        assert bench.gateway.trouble is None


async def test_stream_over_budget_is_refused_before_it_begins(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path, tokens=10) as bench:
        reply = await bench.post(chat(stream=True))

    assert reply.status == 429
    assert reply.headers["x-should-retry"] == "false"
    assert reply.error["code"] == "insufficient_quota"


async def test_prompt_over_budget_is_refused_in_process(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path, tokens=10) as bench:
        with pytest.raises(BudgetExceeded):
            await bench.gateway.complete(chat(), task_key="t1")

        assert bench.gateway.budget_refused_keys == {"t1"}


@pytest.mark.parametrize("stream", [False, True])
async def test_usage_that_is_not_reported_is_bounded(
    bench: Bench, upstream: FakeUpstream, stream: bool
) -> None:
    upstream.settings.report_usage = False
    reply = await bench.post(chat("one two", max_tokens=30, stream=stream), CHAT)

    [entry] = bench.gateway.ledger.entries
    assert reply.status == 200
    assert entry.call.estimated
    assert entry.call.completion_tokens == 30
    assert entry.call.prompt_tokens >= TEMPLATE_TOKENS
    bench.check_books()
