"""Environments out of an index of our own, in a folder that a dropped uid can reach."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from corral.sandbox.base import Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.slots import slots_folder
from tests.corral.environments.yard import Yard
from tests.corral.sandbox.workshop import PYTHON, Workshop
from tests.fakes.index import Index, serving_index


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="corral-environments-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sandbox(open_folder: Path) -> Sandbox:
    state = open_folder / "state"
    degraded = bool(Cgroups.of_this_machine(slots_folder(state)).lacks())
    return BubblewrapSandbox(
        state=state, interpreter=PYTHON, base_environment=None, slot=0, degraded=degraded
    )


@pytest.fixture
def index() -> Iterator[Index]:
    with serving_index() as index:
        yield index


@pytest.fixture
def yard(open_folder: Path, index: Index, sandbox: Sandbox) -> Yard:
    state = Path(tempfile.mkdtemp(dir=open_folder))
    state.chmod(0o755)
    return Yard(state, index, sandbox.owner())


@pytest.fixture
async def workshop(open_folder: Path, sandbox: Sandbox) -> AsyncIterator[Workshop]:
    async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
        yield workshop
