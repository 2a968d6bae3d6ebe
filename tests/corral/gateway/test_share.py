"""A run's share of a server's slots: kept, changed while calls wait, and left when they give up."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from corral.gateway.rules import CallRules
from corral.gateway.share import Share, share_of
from tests.corral.gateway.bench import Bench, chat, open_bench
from tests.fakes.upstream import FakeUpstream


@pytest.mark.parametrize(
    ("slots", "runs", "most", "share"),
    [
        (8, 1, 16, 8),
        (8, 2, 16, 4),
        (8, 3, 16, 3),
        (8, 9, 16, 1),
        (8, 2, 3, 3),
        (8, 0, 16, 8),
        (0, 4, 16, 1),
        (1, 1, 1, 1),
    ],
)
def test_slots_are_shared_among_the_runs(slots: int, runs: int, most: int, share: int) -> None:
    assert share_of(slots, runs, most) == share


class Calls:
    """Calls that go on until they are told to end."""

    def __init__(self, share: Share) -> None:
        self.share = share
        self.begun: list[int] = []
        self.ends = [asyncio.Event() for _ in range(8)]
        self.tasks = [asyncio.create_task(self._call(number)) for number in range(8)]

    async def _call(self, number: int) -> None:
        async with self.share:
            self.begun.append(number)
            await self.ends[number].wait()

    async def settle(self) -> list[int]:
        """Which have begun, in their order, once nothing more happens."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self.begun

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_calls_wait_in_the_order_they_came() -> None:
    calls = Calls(Share(2))
    assert await calls.settle() == [0, 1]

    calls.ends[1].set()
    assert await calls.settle() == [0, 1, 2]
    await calls.stop()


async def test_raised_share_lets_those_in_that_wait() -> None:
    calls = Calls(Share(5))
    calls.share.set(1)
    assert await calls.settle() == [0]

    calls.share.set(3)
    assert await calls.settle() == [0, 1, 2]
    calls.share.set(99)
    assert await calls.settle() == [0, 1, 2, 3, 4]
    assert calls.share.limit == 5
    await calls.stop()


async def test_lowered_share_stops_nobody_and_is_never_below_one() -> None:
    calls = Calls(Share(3))
    await calls.settle()
    calls.share.set(0)
    assert calls.share.limit == 1

    calls.ends[0].set()
    calls.ends[1].set()
    assert await calls.settle() == [0, 1, 2]
    calls.ends[2].set()
    assert await calls.settle() == [0, 1, 2, 3]
    await calls.stop()


async def test_call_that_gives_up_leaves_the_line() -> None:
    calls = Calls(Share(1))
    await calls.settle()
    calls.tasks[1].cancel()
    calls.tasks[2].cancel()
    calls.ends[0].set()

    assert await calls.settle() == [0, 3]
    await calls.stop()


async def test_call_that_gives_up_as_it_is_let_in_takes_no_place() -> None:
    calls = Calls(Share(1))
    await calls.settle()
    calls.share.set(1)
    calls.tasks[0].cancel()
    await asyncio.sleep(0)  # the next is let in now, and does not know yet
    calls.tasks[1].cancel()

    assert await calls.settle() == [0, 2]
    await calls.stop()


async def test_share_bounds_what_reaches_the_server(bench: Bench, upstream: FakeUpstream) -> None:
    upstream.settings.latency = 0.02
    bench.gateway.share(2)
    prompts = [bench.gateway.complete(chat(f"{n} + 1"), task_key=f"t{n}") for n in range(4)]
    streams = [bench.post(chat(f"{n} + 1", stream=True)) for n in range(4)]
    await asyncio.gather(*[bench.ask(f"{n} + 1") for n in range(4)], *streams, *prompts)

    assert upstream.most_at_once == 2
    assert bench.gateway.usage().calls == 12
    bench.check_books()


async def test_share_is_never_more_than_the_rules_allow(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.latency = 0.02
    async with open_bench(upstream, tmp_path, rules=CallRules(concurrency=3)) as bench:
        bench.gateway.share(100)
        await asyncio.gather(*[bench.ask(f"{n} + 1") for n in range(9)])

    assert upstream.most_at_once == 3


async def test_calls_of_two_runs_reach_the_server_interleaved(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.latency = 0.02
    (tmp_path / "other").mkdir()
    async with (
        open_bench(upstream, tmp_path) as greedy,
        open_bench(upstream, tmp_path / "other") as modest,
    ):
        for bench in (greedy, modest):
            bench.gateway.share(share_of(4, 2, 16))
        many = [asyncio.create_task(greedy.ask(f"greedy {n}")) for n in range(16)]
        await asyncio.sleep(0.01)
        few = await asyncio.gather(*[modest.ask(f"modest {n}") for n in range(2)])
        order = [request["messages"][0]["content"] for request in upstream.requests]
        await asyncio.gather(*many)

    assert few == ["modest 0", "modest 1"]
    assert max(order.index("modest 0"), order.index("modest 1")) < 6
    assert upstream.most_at_once == 4


async def test_client_that_leaves_the_line_pays_nothing(
    bench: Bench, upstream: FakeUpstream
) -> None:
    bench.gateway.share(1)
    first = asyncio.create_task(bench.ask("[[sleep 0.2]] one"))
    while not upstream.requests:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    second: asyncio.Task[Any] = asyncio.create_task(bench.post(chat("two")))
    await asyncio.sleep(0.05)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)

    assert await bench.ask("three") == "three"
    assert len(upstream.requests) == 2
    assert bench.gateway.usage().calls == 2
    bench.check_books()
