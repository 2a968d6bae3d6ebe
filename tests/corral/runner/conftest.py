"""Benches with the real gateway, on an upstream over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from corral.gateway.budget import Budget
from corral.gateway.server import Gateway
from corral.gateway.upstream import Upstream
from tests.corral.runner.bench import MODEL, Bench, Model

NOBODY = "http://127.0.0.1:9"


@asynccontextmanager
async def bench_at(
    place: Path, upstream_url: str, *, calls: int, owner: int | None = None
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
    ) as gateway:
        await gateway.serve(socket, owner)
        yield Bench(folder, gateway, socket)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """For projects that ask nothing of the model."""
    async with bench_at(tmp_path, NOBODY, calls=1000) as bench:
        yield bench


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
async def model_url(model: Model) -> AsyncIterator[str]:
    """A server for the model; its address ends in /v1."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    await runner.cleanup()


@pytest.fixture
async def model_bench(tmp_path: Path, model_url: str) -> AsyncIterator[Bench]:
    """For projects that ask the model."""
    async with bench_at(tmp_path, model_url, calls=1000) as bench:
        yield bench


@pytest.fixture
async def poor_bench(tmp_path: Path, model_url: str) -> AsyncIterator[Bench]:
    """As `model_bench`, with a budget of two calls."""
    async with bench_at(tmp_path, model_url, calls=2) as bench:
        yield bench
