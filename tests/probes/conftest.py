"""A runtime for a few probes, in a state folder that every user can pass."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.probes.probe import Probe, load_probes
from tests.probes.runtimes import RUNTIMES, Runtime

PYTHON = Path("/usr/bin/python3")


@pytest.fixture(scope="session")
def probes() -> dict[str, Probe]:
    """Every probe by its name."""
    return {probe.name: probe for probe in load_probes()}


@pytest.fixture
def state() -> Iterator[Path]:
    """Its name is the mark of all that the probes leave."""
    folder = Path(tempfile.mkdtemp(prefix="corral-probes-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def runtime(state: Path) -> Runtime:
    """Where cgroups can't be had rlimits stand in: the results must say so then."""
    return RUNTIMES["bubblewrap"](state, PYTHON, 2, True)
