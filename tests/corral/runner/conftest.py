"""A bench with the real gateway."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from corral.gateway.budget import Budget
from corral.gateway.server import Gateway
from corral.gateway.upstream import Upstream
from tests.corral.runner.bench import MODEL, Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A project's folder and a gateway whose upstream is never asked."""
    upstream = Upstream(base_url="http://127.0.0.1:9", model=MODEL, api_key=None)
    budget = Budget(tokens=100_000, calls=1_000)
    folder = tmp_path / "project"
    folder.mkdir()
    async with Gateway(
        upstream=upstream, model=MODEL, budget=budget, api_key="key-of-the-run"
    ) as gateway:
        yield Bench(folder, gateway, tmp_path / "gateway.sock")
