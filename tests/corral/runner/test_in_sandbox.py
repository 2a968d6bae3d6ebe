"""The same journeys in the real sandbox: what a plain subprocess can't show."""

import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from corral.runner import ProjectFailed
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.verdicts import Verdict
from tests.corral.runner.bench import HASTY, Bench, tasks_of
from tests.corral.runner.conftest import bench_at
from tests.fakes.upstream import FakeUpstream

OBEY = """
import http.client

def ask_over_tcp():
    line = http.client.HTTPConnection("127.0.0.1", 8080, timeout=10)
    headers = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"],
               "Content-Type": "application/json"}
    messages = [{"role": "user", "content": "hello"}]
    body = json.dumps({"model": os.environ["CORRAL_MODEL"], "messages": messages, "max_tokens": 8})
    line.request("POST", "/v1/chat/completions", body, headers)
    return json.loads(line.getresponse().read())["choices"][0]["message"]["content"]

for key, text in tasks():
    if text == "crash":
        os._exit(3)
    if text == "hang":
        if os.fork() == 0:
            os.setsid()
        time.sleep(600)
    answer(key, ask_over_tcp() if text == "ask" else text)
"""


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that a dropped uid can reach, which `tmp_path` is not."""
    folder = Path(tempfile.mkdtemp(prefix="corral-runner-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def sandbox(open_folder: Path) -> BubblewrapSandbox:
    system = Path("/usr/bin/python3")
    return BubblewrapSandbox(
        state=open_folder / "state",
        interpreter=system if system.exists() else Path(sys.executable),
        base_environment=None,
        slot=40,
        degraded=True,
    )


@pytest.fixture
async def sandboxed(
    model: FakeUpstream, open_folder: Path, sandbox: BubblewrapSandbox
) -> AsyncIterator[Bench]:
    """A bench whose project and socket lie where the sandbox can reach them."""
    place = Path(tempfile.mkdtemp(dir=open_folder))
    place.chmod(0o755)
    async with bench_at(place, model.base_url, calls=1000, owner=sandbox.owner()) as bench:
        yield replace(bench, sandbox=sandbox)


async def test_program_in_the_sandbox_answers_and_asks_the_model(sandboxed: Bench) -> None:
    outcomes = await sandboxed.outcomes(sandboxed.program(OBEY), tasks_of("a", "ask"))

    assert [outcome.output for outcome in outcomes] == ["a", "hello"]
    assert [(o.prompt_tokens, o.completion_tokens) for o in outcomes] == [(0, 0), (9, 1)]


async def test_program_in_the_sandbox_crashes_and_hangs(sandboxed: Bench) -> None:
    policy = replace(HASTY, task_seconds=2.0)
    outcomes = await sandboxed.outcomes(
        sandboxed.program(OBEY), tasks_of("a", "crash", "hang", "b"), policy
    )

    assert [o.verdict for o in outcomes] == [None, Verdict.CRASH, Verdict.TIMEOUT, None]
    assert outcomes[1].reason == "exit status 3"


async def test_command_that_the_sandbox_does_not_find_fails_the_project(sandboxed: Bench) -> None:
    project = sandboxed.program(OBEY, command=("nonesuch", "main.py"))

    with pytest.raises(ProjectFailed, match="nonesuch"):
        await sandboxed.outcomes(project, tasks_of("a"))


async def test_closing_the_run_leaves_nothing_in_the_sandbox(sandboxed: Bench) -> None:
    token = sandboxed.folder.parent.name
    project = sandboxed.program(OBEY, command=("python", "main.py", token))
    async with aclosing(sandboxed.run(project, tasks_of("a", "hang"))) as outcomes:
        await anext(outcomes)
        assert processes_with(token) != []

    assert processes_with(token) == []


def processes_with(argument: str) -> list[Path]:
    """The processes that were started with this argument."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if argument.encode() in path.read_bytes().split(b"\0"):
                found.append(path)
    return found
