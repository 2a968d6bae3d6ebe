"""A gateway on a Unix socket, in front of the fake upstream."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.corral.gateway.bench import Bench, open_bench
from tests.fakes.upstream import FakeUpstream


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture
async def bench(upstream: FakeUpstream, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(upstream, tmp_path) as bench:
        yield bench
