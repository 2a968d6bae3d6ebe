"""Which runtimes the probes find here, and what they know of the Docker one."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Launch
from tests.corral.sandbox.workshop import FakeDoor
from tests.fakes.engine import GOOD_INFO, FakeEngine
from tests.probes.conftest import PYTHON
from tests.probes.probe import Probe, Protection
from tests.probes.runtimes import RUNTIMES, Runtime, answering

PROBE = Probe("limits/thread_bomb", "Tries it.", frozenset({Protection.LIMITS}), "module")
GVISOR = {"runsc": {"path": "/usr/bin/runsc", "runtimeArgs": ["--host-uds=open"]}}


@pytest.fixture
async def engine(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeEngine]:
    """The engine that DOCKER_HOST names; sockets need short paths."""
    with tempfile.TemporaryDirectory(prefix="corral-engine-") as folder:
        async with FakeEngine(Path(folder, "engine.sock")) as engine:
            monkeypatch.setenv("DOCKER_HOST", f"unix://{engine.socket}")
            yield engine


async def docker(state: Path, lanes: int = 1) -> Runtime:
    """In a thread, as the engine is served by this one's event loop."""
    return await asyncio.to_thread(RUNTIMES["docker"], state, PYTHON, lanes, False)


async def test_docker_is_there_where_an_engine_answers(engine: FakeEngine) -> None:
    assert answering() == ["bubblewrap", "docker"]
    engine.stop()
    assert answering() == ["bubblewrap"]


async def test_containers_of_docker_are_listed_while_they_are_there(
    engine: FakeEngine, state: Path
) -> None:
    runtime = await docker(state, lanes=2)
    (state / "project").mkdir()
    launch = Launch(state / "project", ("python", "main.py"), FakeDoor(state / "gateway.sock"))
    processes = [await lane.start(launch) for lane in runtime.lanes]
    assert await asyncio.to_thread(runtime.groups) == {f"container {n}" for n in engine.containers}
    for process in processes:
        await process.kill()
    assert await asyncio.to_thread(runtime.groups) == set()


async def test_lanes_of_docker_have_a_user_each(engine: FakeEngine, state: Path) -> None:
    one, other = (await docker(state, lanes=2)).lanes
    assert one.owner() is None or one.owner() != other.owner()


async def test_only_another_kernel_holds_probes_less(
    engine: FakeEngine, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await docker(state)).weakness(PROBE) is None
    engine.info = {**GOOD_INFO, "Runtimes": GVISOR}
    monkeypatch.setenv("SANDBOX_DOCKER_RUNTIME", "runsc")
    runtime = await docker(state)
    assert (runtime.name, runtime.weakness(PROBE) is None) == ("docker with runsc", False)
    assert runtime.weakness(replace(PROBE, name="files/devices")) is None


async def test_engine_that_lacks_something_runs_no_probes(engine: FakeEngine, state: Path) -> None:
    engine.info = {**GOOD_INFO, "PidsLimit": False}
    with pytest.raises(SandboxUnavailable, match="cannot limit processes"):
        await docker(state)
