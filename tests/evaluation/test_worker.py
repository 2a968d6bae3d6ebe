"""Which runtime a worker makes."""

from pathlib import Path

import pytest
from pytest_django import Settings

from evaluation.domain import worker


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is installed, and what other tests made is kept for them."""
    monkeypatch.setattr(worker, "ensure_base_environment", lambda *_: tmp_path)


@pytest.mark.usefixtures("no_environment")
@pytest.mark.parametrize(("runtime", "name"), [("", "docker"), ("runsc", "docker with runsc")])
def test_worker_uses_the_engine_that_the_settings_name(
    settings: Settings, runtime: str, name: str
) -> None:
    settings.SANDBOX_RUNTIME = "docker"
    settings.SANDBOX_DOCKER_SOCKET = Path("/nothing/docker.sock")
    settings.SANDBOX_DOCKER_RUNTIME = runtime
    sandbox = worker._sandbox_of.__wrapped__(0)
    assert sandbox.name == name
    assert sandbox.lacks()[0].startswith("The Docker engine at /nothing/docker.sock does not")


@pytest.mark.usefixtures("no_environment")
def test_worker_uses_bubblewrap_unless_told_otherwise() -> None:
    assert worker._sandbox_of.__wrapped__(0).name == "bubblewrap"
