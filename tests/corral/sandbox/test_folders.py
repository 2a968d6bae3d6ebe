"""Folders that are whole or not there."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from corral.sandbox.folders import ensure_folder, make_traversable


def fill(folder: Path) -> None:
    (folder / "sub").mkdir(mode=0o700)
    (folder / "sub" / "file").write_text("text")
    (folder / "sub" / "file").chmod(0o600)
    (folder / "program").touch(mode=0o700)


def test_folder_is_filled_once_and_open_to_all(tmp_path: Path) -> None:
    folder = ensure_folder(tmp_path / "new" / "folder", fill)
    modes = {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
    }
    assert modes == {"sub": 0o755, "sub/file": 0o644, "program": 0o755}
    assert ensure_folder(folder, lambda _: pytest.fail("made again")) == folder


def test_folder_is_not_there_when_its_making_fails(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        ensure_folder(tmp_path / "folder", fail)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        ensure_folder(tmp_path / "folder", lambda _: os._exit(9))
    os.waitpid(child, 0)
    assert not (tmp_path / "folder").exists()
    folder = ensure_folder(tmp_path / "folder", fill)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [folder]


def test_race_makes_the_folder_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def fill_and_tell(folder: Path) -> None:
        made.append(folder)
        fill(folder)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ensure_folder(tmp_path / "f", fill_and_tell), range(16)))
    assert found == {tmp_path / "f"}
    assert len(made) == 1


def test_permissions_of_an_existing_folder_are_kept(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    make_traversable(closed / "a" / "b")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (closed, closed / "a", closed / "a/b")]
    assert modes == [0o700, 0o755, 0o755]
