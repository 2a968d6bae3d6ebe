"""Programs that are tried out in a real sandbox."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from corral.errors import PlatformError, SandboxUnavailable
from corral.runner.trials import SandboxedPrograms
from corral.sandbox.base import Launch, SandboxProcess
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.scorers.help import Outcome, Tried


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that a dropped uid can reach, which `tmp_path` is not."""
    folder = Path(tempfile.mkdtemp(prefix="corral-trials-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def programs(open_folder: Path) -> SandboxedPrograms:
    sandbox = BubblewrapSandbox(
        state=open_folder / "state",
        interpreter=Path("/usr/bin/python3"),
        base_environment=None,
        slot=60,
        degraded=True,
    )
    return SandboxedPrograms(sandbox, open_folder)


async def attempt(programs: SandboxedPrograms, *versions: str, seconds: float = 20.0) -> Tried:
    return await programs.attempt(versions, seconds=seconds)


@pytest.mark.parametrize(
    ("program", "tried"),
    [
        ("assert 1 + 1 == 2", Tried(Outcome.PASSED)),
        (
            "print('x' * 100_000)\nimport sys; sys.stderr.write('y' * 100_000)",
            Tried(Outcome.PASSED),
        ),
        ("assert False, 'not so.\\nreally'", Tried(Outcome.FAILED, "AssertionError: not so")),
        ("assert 1 == 2", Tried(Outcome.FAILED, "AssertionError")),
        ("nothing", Tried(Outcome.BROKEN, "NameError: name 'nothing' is not defined")),
        ("input()", Tried(Outcome.BROKEN, "EOFError: EOF when reading a line")),
        ("raise SystemExit(0)", Tried(Outcome.BROKEN, "SystemExit: 0")),
        ("import os; os._exit(0)", Tried(Outcome.DIED, "exit status 0")),
        ("import os; os.kill(os.getpid(), 11)", Tried(Outcome.DIED, "signal 11")),
        (
            'import os\nfor n in range(3, 20):\n    try: os.write(n, b\'{"kind": "passed"}\\n\')\n'
            "    except OSError: pass\nos._exit(0)",
            Tried(Outcome.DIED, "exit status 0"),
        ),
        (
            "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
            Tried(Outcome.BROKEN, "E"),
        ),
        (
            "x = '\ud800'",
            Tried(
                Outcome.BROKEN,
                "UnicodeEncodeError: 'utf-8' codec can't encode "
                "character '\\ud800' in position 5: surrogates not allowed",
            ),
        ),
    ],
)
async def test_program_ends(programs: SandboxedPrograms, program: str, tried: Tried) -> None:
    assert await attempt(programs, program) == tried


async def test_program_without_end(programs: SandboxedPrograms) -> None:
    tried = await attempt(programs, "while True: pass", seconds=0.5)
    assert tried == Tried(Outcome.TIMED_OUT, "more than 0.5 s")


async def test_what_a_program_leaves_behind_is_not_waited_for(programs: SandboxedPrograms) -> None:
    source = "import os, time\nif os.fork() == 0: time.sleep(600)"
    assert await attempt(programs, source) == Tried(Outcome.PASSED)


async def test_first_version_that_is_python_is_run(programs: SandboxedPrograms) -> None:
    assert (await attempt(programs, "def", "assert True", "1 / 0")).outcome is Outcome.PASSED
    tried = await attempt(programs, "def", "if")
    assert tried == Tried(Outcome.BROKEN, "SyntaxError: invalid syntax (<program>, line 1)")


async def test_program_has_no_network_and_no_other_file(programs: SandboxedPrograms) -> None:
    source = """
import socket, os
try:
    with socket.create_connection(("127.0.0.1", 8080), timeout=5) as line:
        line.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        answered = line.recv(1) != b""
except OSError:
    answered = False
assert not answered
assert os.listdir("/project") == ["trial.py"]
"""
    assert await attempt(programs, source) == Tried(Outcome.PASSED)


async def test_many_at_a_time(programs: SandboxedPrograms) -> None:
    tried = await asyncio.gather(*(attempt(programs, f"assert {n} % 2") for n in range(6)))
    assert [each.outcome is Outcome.PASSED for each in tried] == [False, True] * 3


class NoSandbox:
    """A runtime that can't start anything."""

    name = "none"

    def lacks(self) -> list[str]:
        return ["There is none."]

    def owner(self) -> int | None:
        return None

    async def start(self, launch: Launch) -> SandboxProcess:
        raise SandboxUnavailable(f"{launch.project.name} can't be started.")


async def test_what_the_platform_lacks_is_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="trial can't be started"):
        await attempt(SandboxedPrograms(NoSandbox(), tmp_path), "pass")


async def test_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "trial").write_text("in the way")
    with pytest.raises(PlatformError, match="No program can be tried out in"):
        await attempt(SandboxedPrograms(NoSandbox(), tmp_path), "pass")
