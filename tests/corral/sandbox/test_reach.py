"""What a dropped uid can reach, and what stands in its way."""

import os
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.interpreter import describe_interpreter
from corral.sandbox.reach import barrier
from tests.corral.sandbox.workshop import PYTHON

STRANGER = 64999


def test_open_path_has_no_barrier(open_folder: Path) -> None:
    assert barrier(open_folder, STRANGER) is None
    assert barrier(PYTHON, STRANGER) is None
    assert barrier(PYTHON, None) is None


def test_closed_folder_is_the_barrier(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "state").mkdir(parents=True)
    home.chmod(0o700)
    found = barrier(home / "state", STRANGER)
    assert found is not None
    assert home.is_relative_to(found)
    assert barrier(home / "state", os.getuid()) is None


def test_barrier_behind_a_link_is_found(open_folder: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    link = open_folder / "link"
    link.symlink_to(closed)
    assert barrier(link, STRANGER) is not None


def test_missing_path_is_its_own_barrier(open_folder: Path) -> None:
    assert barrier(open_folder / "nothing", STRANGER) == open_folder / "nothing"


def test_lacks_names_a_state_folder_that_is_closed(tmp_path: Path) -> None:
    """For root; an ordinary user always reaches its own."""
    state = tmp_path / "home" / "state"
    state.parent.mkdir(mode=0o700)
    sandbox = BubblewrapSandbox(
        state=state, interpreter=PYTHON, base_environment=None, slot=100, degraded=True
    )
    closed = [sentence for sentence in sandbox.lacks() if "is closed to it" in sentence]
    assert len(closed) == (1 if os.geteuid() == 0 else 0)


def test_interpreter_says_where_it_lies() -> None:
    found = describe_interpreter(PYTHON)
    assert (found.executable, found.outside(Path("/usr"))) == (PYTHON.resolve(), ())


def test_interpreter_that_is_no_python_is_named() -> None:
    with pytest.raises(SandboxUnavailable, match="/usr/bin/true is not a working Python"):
        describe_interpreter(Path("/usr/bin/true"))


def test_interpreter_in_a_private_home_is_named(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corral.sandbox.interpreter.PRIVATE", (Path("/usr"),))
    own = open_folder / "python"
    own.symlink_to(PYTHON)
    with pytest.raises(SandboxUnavailable, match="lies in a private home, /usr"):
        describe_interpreter(own)
