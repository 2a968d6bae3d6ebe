"""Two runs' gateways under whatever can be sent to a socket: no failure, no leak, no lost token.

Requests are drawn by hypothesis, the same ones each time, so a failure can be repeated.
"""

import asyncio
import gc
import logging
import resource
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from corral.gateway.ledger import GENESIS, Entry, is_intact
from corral.gateway.limits import GatewayLimits
from tests.corral.gateway.bench import Bench, chat, open_bench, upstream_at
from tests.corral.gateway.odd import CLOSING, KEY_OF, drawn, filled_in
from tests.corral.gateway.raw import Visit, visit
from tests.fakes.upstream import FakeUpstream

RUNS = ("amber", "beryl")
TOTAL = 10_000
BATCH = 50
MOST_ALONG = 4
TOKENS = 10**12
WARM_BATCHES = 15
MOST_GROWN = 50 * 1024 * 1024  # bytes
QUICK = GatewayLimits(header_seconds=0.1, body_seconds=0.1, write_seconds=5)
REACHED = {200, 400, 401, 404, 405, 408, 413}
DELIBERATE = REACHED | {100, 429}


@dataclass
class Arena:
    """Both runs behind one model server."""

    runs: dict[str, Bench] = field(default_factory=dict)
    upstream: FakeUpstream = field(default_factory=FakeUpstream)
    statuses: Counter[int] = field(default_factory=Counter)
    places: dict[str, tuple[int, str]] = field(default_factory=dict)  # read up to, and the head
    sent: int = 0
    warm: int = 0  # bytes of resident memory
    grown: int = 0

    async def around(self, trying: Callable[[], Awaitable[None]]) -> None:
        """Start all, try, stop all."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            await stack.enter_async_context(self.upstream)
            for name in RUNS:
                (folder / name).mkdir()
                at = replace(upstream_at(self.upstream.base_url), api_key=f"upstream-of-{name}")
                key = KEY_OF.format(name)
                opened = open_bench(
                    at, folder / name, tokens=TOKENS, calls=TOTAL, limits=QUICK, key=key
                )
                self.runs[name] = await stack.enter_async_context(opened)
                self.runs[name].gateway.in_flight.add(f"task-of-{name}")
            await trying()
            for bench in self.runs.values():
                bench.check_books()

    async def try_batch(self, templates: list[bytes], *, along: int) -> None:
        """Send all to both runs at once, `along` a connection, and look at what came of it."""
        self.upstream.requests.clear()
        self.upstream.headers.clear()
        groups = [templates[at : at + along] for at in range(0, len(templates), along)]
        await asyncio.gather(*[self._send(name, group) for name in RUNS for group in groups])
        self.sent += len(RUNS) * len(templates)
        for name in RUNS:
            await self._check(name)

    async def _send(self, name: str, templates: list[bytes]) -> None:
        sent = filled_in(b"".join([*templates, CLOSING]), name, other_than(name))
        seen = await visit(self.runs[name].socket, sent, quiet_seconds=0.15)
        assert other_than(name).encode() not in seen.received
        self.statuses.update(statuses_in(seen))

    async def _check(self, name: str) -> None:
        """The books hold and are this run's alone; it works as ever."""
        bench = self.runs[name]
        async with asyncio.timeout(10):
            while bench.budget.tokens_left + bench.budget.used_tokens < TOKENS:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        bench.check_totals()
        calls = [entry.call for entry in self._new_entries(name)]
        assert {call.task_key for call in calls} <= {f"task-of-{name}"}
        assert sum(call.status == 200 for call in calls) <= len(self._asked_by(name))
        assert other_than(name) not in str(self._asked_by(name))
        assert (await bench.post(chat(f"the secret of {name}"))).status == 200
        assert bench.gateway.trouble is None
        self._new_entries(name)

    def _new_entries(self, name: str) -> tuple[Entry, ...]:
        """A run's entries since it was last asked for them, which follow the ones before."""
        position, head = self.places.get(name, (0, GENESIS))
        ledger = self.runs[name].gateway.ledger
        entries = ledger.since(position)
        assert is_intact(entries, head)
        self.places[name] = (position + len(entries), ledger.head)
        return entries

    def _asked_by(self, name: str) -> list[object]:
        """What the model server was asked by one run's gateway, in this batch."""
        both = zip(self.upstream.requests, self.upstream.headers, strict=True)
        return [body for body, head in both if name in head["Authorization"]]


def other_than(name: str) -> str:
    """The other run."""
    return RUNS[1 - RUNS.index(name)]


def statuses_in(seen: Visit) -> Iterator[int]:
    """The status of each reply, wherever it begins."""
    for line in seen.received.split(b"HTTP/1.")[1:]:
        code = line[2:5]
        if code.isdigit():
            yield int(code)


def resident() -> int:
    """Bytes of this process in memory now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.timeout(300)
def test_ten_thousand_odd_requests_neither_break_nor_mix_two_runs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    templates = drawn_elsewhere(TOTAL // len(RUNS))
    arena = Arena()

    async def try_all() -> None:
        for number, at in enumerate(range(0, len(templates), BATCH)):
            await arena.try_batch(templates[at : at + BATCH], along=1 + number % MOST_ALONG)
            if number == WARM_BATCHES:
                arena.warm = resident()
        arena.grown = resident() - arena.warm

    asyncio.run(arena.around(try_all))
    assert arena.sent >= TOTAL
    assert arena.grown < MOST_GROWN
    assert REACHED <= set(arena.statuses) <= DELIBERATE
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def drawn_elsewhere(count: int) -> list[bytes]:
    """Requests, drawn in another process: hypothesis remembers more than the gateways may grow."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(drawn, count).result()
