"""`python -m launcher demo`: the whole platform, and nothing of it after a signal."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from launcher.ports import is_free
from launcher.processes import wait_until
from launcher.state import REPOSITORY, State
from tests.launcher.conftest import processes_of

pytestmark = pytest.mark.timeout(240)


class Demo:
    """A demo in a state of its own, as a person starts it."""

    def __init__(self, state: State, output: Path) -> None:
        unset = ("DATABASE_URL", "REDIS_URL", "LLAMA_UPSTREAM", "MEDIA_ROOT", "SECRET_KEY")
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        self.output = output
        with output.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "launcher", "demo"],
                cwd=REPOSITORY,
                env={**kept, "CORRAL_STATE": str(state.room)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def said(self, words: bytes) -> bool:
        """Whether it has printed the words, or can't any more."""
        return words in self.output.read_bytes() or self.process.poll() is not None

    def board(self) -> str:
        """The address of its board."""
        found = re.search(rb"http://\S+/board/", self.output.read_bytes())
        assert found is not None, self.output.read_text()
        return found.group().decode()


@pytest.fixture
def demo(state: State, tmp_path: Path) -> Iterator[Demo]:
    """Killed in the end, if a test did not stop it."""
    started = Demo(state, tmp_path / "output")
    yield started
    started.process.kill()
    started.process.wait()


def test_demo_leaves_nothing_after_sigint_in_the_middle_of_runs(demo: Demo, state: State) -> None:
    assert wait_until(lambda: demo.said(b": running"), seconds=150), demo.output.read_text()
    board = demo.board()
    port = int(board.split("/")[2].partition(":")[2])
    with urlopen(board, timeout=20) as page:
        assert b"Llama sprint" in page.read()

    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(timeout=10) == 128 + signal.SIGINT
    assert processes_of(state.room) == []
    assert is_free(port)
    assert [path for path in state.room.rglob("*") if path.is_socket()] == []
