"""Which folders there are, and who may look into them."""

import os
import stat
from pathlib import Path

import pytest

from launcher.errors import AlreadyRunning, LauncherError
from launcher.state import default_base, ephemeral_state, held, open_state

PASSABLE = 0o711 if os.geteuid() == 0 else 0o700


def mode_of(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def test_state_of_two_checkouts_of_one_name_differs(tmp_path: Path) -> None:
    one = open_state(Path("/home/one/corral"), tmp_path / "state")
    other = open_state(Path("/home/other/corral"), tmp_path / "state")

    assert one.base == other.base
    assert one.room != other.room
    assert one.room.name.startswith("corral-")
    assert open_state(Path("/home/one/corral"), tmp_path / "state") == one


def test_state_can_be_passed_but_not_read(tmp_path: Path) -> None:
    state = open_state(Path("/home/one/my checkout"), tmp_path / "state")

    assert [mode_of(each) for each in (state.base, state.room, state.postgres)] == [PASSABLE] * 3
    assert [mode_of(each) for each in (state.log, state.run, state.media)] == [0o700] * 3


def test_secret_is_kept_and_private(tmp_path: Path) -> None:
    state = open_state(tmp_path, tmp_path / "state")

    secret = state.secret("secret-key")

    assert len(secret) == 43
    assert state.secret("secret-key") == secret
    assert state.secret("another") != secret
    assert mode_of(state.room / "secrets" / "secret-key") == 0o600


def test_state_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRAL_STATE", str(tmp_path / "elsewhere"))

    assert default_base() == tmp_path / "elsewhere"


def test_state_without_environment_is_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORRAL_STATE")
    monkeypatch.setenv("HOME", str(tmp_path))

    usual = Path("/var/lib/corral") if os.geteuid() == 0 else tmp_path / ".local/state/corral"

    assert default_base() == usual


def test_state_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LauncherError, match="set CORRAL_STATE to another folder"):
        open_state(tmp_path, tmp_path / "file")


def test_held_state_is_refused_to_a_second_launcher(tmp_path: Path) -> None:
    state = open_state(tmp_path, tmp_path / "state")

    with (
        held(state),
        pytest.raises(AlreadyRunning, match=rf"\(process {os.getpid()}\)"),
        held(state),
    ):
        pass

    with held(state):
        pass


def test_ephemeral_state_is_gone_with_what_dead_processes_left(tmp_path: Path) -> None:
    dead = tmp_path / "ephemeral" / "4194303-1-aaaa"
    dead.mkdir(parents=True)

    with ephemeral_state(tmp_path) as state, ephemeral_state(tmp_path) as other:
        assert not dead.exists()
        assert state.room.is_dir()
        assert other.room.is_dir()

    assert list((tmp_path / "ephemeral").iterdir()) == []
