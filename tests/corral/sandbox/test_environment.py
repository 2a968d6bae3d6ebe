"""The base environment: hashed, compiled, whole."""

import re
import time
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.environment import ensure_base_environment
from tests.corral.sandbox.conftest import LOCK
from tests.corral.sandbox.workshop import PYTHON, Workshop


async def test_project_imports_openai_from_compiled_files(equipped: Workshop) -> None:
    ran = await equipped.run("import openai; print(openai.__file__, openai.__cached__)")
    folder, cached = ran.stdout.split()
    assert (folder, ran.stderr) == ("/environment/openai/__init__.py", "")
    assert cached.startswith("/environment/openai/__pycache__/__init__.cpython-")


async def test_compiled_files_fit_the_sandbox_interpreter(equipped: Workshop) -> None:
    ran = await equipped.run("import openai", command=("python", "-v", "main.py"))
    assert re.findall(r"code object from '(/environment/.*\.py)'", ran.stderr) == []
    assert "matches /environment/openai/__init__.py" in ran.stderr


def test_second_call_returns_at_once(open_folder: Path, base_environment: Path) -> None:
    began = base_environment.stat().st_ctime
    assert ensure_base_environment(open_folder / "state", PYTHON, LOCK) == base_environment
    assert base_environment.stat().st_ctime == began < time.time()


def test_lock_without_hashes_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("idna==3.10\n")
    with pytest.raises(SandboxUnavailable, match="cannot be installed from lock.txt: .*hash"):
        ensure_base_environment(tmp_path / "state", PYTHON, lock)
    assert [p for p in (tmp_path / "state" / "environments").iterdir() if p.is_dir()] == []


def test_lock_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="nothing.txt"):
        ensure_base_environment(tmp_path / "state", PYTHON, tmp_path / "nothing.txt")
