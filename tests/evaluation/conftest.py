"""A fake Llama upstream that speaks HTTP, in a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import running, wait_for


@pytest.fixture
def upstream_address(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The base URL of an upstream that answers by simple rules."""
    log = tmp_path / "upstream"
    with running("tests.fakes.upstream", log=log):
        wait_for(lambda: log.read_text().endswith("/v1\n"), 20)
        yield log.read_text().strip()
