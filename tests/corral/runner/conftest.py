"""Benches with the real gateway, on an upstream over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from corral.gateway.budget import Budget
from corral.gateway.rules import CallRules, Reasoning
from corral.gateway.server import Gateway
from corral.gateway.upstream import Upstream
from tests.corral.runner.bench import MODEL, Bench
from tests.fakes.upstream import FakeUpstream

NOBODY = "http://127.0.0.1:9"


@asynccontextmanager
async def bench_at(
    place: Path,
    upstream_url: str,
    *,
    calls: int,
    owner: int | None = None,
    rules: CallRules | None = None,
) -> AsyncIterator[Bench]:
    """A project's folder and a gateway that listens."""
    folder = place / "project"
    folder.mkdir()
    socket = place / "gateway.sock"
    async with Gateway(
        upstream=Upstream(base_url=upstream_url, model=MODEL, api_key=None),
        model=MODEL,
        budget=Budget(tokens=100_000, calls=calls),
        api_key="key-of-the-run",
        rules=rules,
    ) as gateway:
        await gateway.serve(socket, owner)
        yield Bench(folder, gateway, socket)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """For projects that ask nothing of the model."""
    async with bench_at(tmp_path, NOBODY, calls=1000) as bench:
        yield bench


@pytest.fixture
async def model() -> AsyncIterator[FakeUpstream]:
    """The model server."""
    async with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture
async def model_bench(tmp_path: Path, model: FakeUpstream) -> AsyncIterator[Bench]:
    """For projects that ask the model."""
    async with bench_at(tmp_path, model.base_url, calls=1000) as bench:
        yield bench


@pytest.fixture
async def poor_bench(tmp_path: Path, model: FakeUpstream) -> AsyncIterator[Bench]:
    """As `model_bench`, with a budget of two calls."""
    async with bench_at(tmp_path, model.base_url, calls=2) as bench:
        yield bench


@pytest.fixture
async def capped_bench(tmp_path: Path, model: FakeUpstream) -> AsyncIterator[Bench]:
    """As `model_bench`, with a cap on reasoning that the model server does not keep to."""
    model.settings.obeys = False
    rules = CallRules(reasoning=Reasoning.CAPPED, reasoning_tokens=3)
    async with bench_at(tmp_path, model.base_url, calls=1000, rules=rules) as bench:
        yield bench
