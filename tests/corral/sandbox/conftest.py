"""Real sandboxes, in a folder that a dropped uid can reach."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from corral.sandbox.base import Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.environment import ensure_base_environment
from corral.sandbox.slots import slots_folder
from tests.corral.sandbox import runtimes
from tests.corral.sandbox.workshop import PYTHON, Workshop
from tests.fakes.engine import FakeEngine

LOCK = Path(__file__).parents[3] / "requirements-sandbox.txt"


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that every uid can pass: pytest's own are closed to all others."""
    folder = Path(tempfile.mkdtemp(prefix="corral-sandbox-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def base_environment(open_folder: Path) -> Path:
    return ensure_base_environment(open_folder / "state", PYTHON, LOCK)


@pytest.fixture(scope="session")
def cgroups(open_folder: Path) -> Cgroups:
    """What this machine lets us limit; rlimits stand in for the rest."""
    return Cgroups.of_this_machine(slots_folder(open_folder / "state"))


@pytest.fixture
def sandbox(open_folder: Path, cgroups: Cgroups) -> BubblewrapSandbox:
    return make_sandbox(open_folder, cgroups)


@pytest.fixture(params=runtimes.here())
def runtime(request: pytest.FixtureRequest) -> str:
    """Each runtime that this machine has; bubblewrap is everywhere."""
    return str(request.param)


@pytest.fixture
async def workshop(open_folder: Path, runtime: str, cgroups: Cgroups) -> AsyncIterator[Workshop]:
    """Makes projects and runs them in the sandbox; the gateway answers every request alike."""
    sandbox = make_any_sandbox(runtime, open_folder, cgroups)
    async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
        yield workshop


@pytest.fixture
async def equipped(
    open_folder: Path, runtime: str, cgroups: Cgroups, base_environment: Path
) -> AsyncIterator[Workshop]:
    """A workshop whose projects have the base environment."""
    sandbox = make_any_sandbox(runtime, open_folder, cgroups, base_environment)
    async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
        yield workshop


def make_any_sandbox(
    runtime: str, folder: Path, cgroups: Cgroups, base_environment: Path | None = None
) -> Sandbox:
    """A sandbox of the runtime `runtime`, which must be one of this machine's."""
    if runtime == runtimes.BUBBLEWRAP:
        return make_sandbox(folder, cgroups, base_environment)
    return runtimes.make_docker_sandbox(runtime, folder, base_environment)


def make_sandbox(
    folder: Path, cgroups: Cgroups, base_environment: Path | None = None
) -> BubblewrapSandbox:
    return BubblewrapSandbox(
        state=folder / "state",
        interpreter=PYTHON,
        base_environment=base_environment,
        slot=100,
        degraded=bool(cgroups.lacks()),
    )


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    """An engine that speaks the real interface and contains nothing; sockets need short paths."""
    with tempfile.TemporaryDirectory(prefix="corral-engine-") as folder:
        async with FakeEngine(Path(folder, "engine.sock")) as engine:
            yield engine
