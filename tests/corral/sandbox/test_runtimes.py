"""What every runtime of this machine holds, each asked in its own process or thread."""

import asyncio
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from corral.sandbox.base import Sandbox
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.docker import DockerSandbox
from corral.sandbox.engine import Engine
from corral.sandbox.self_test import examine
from corral.sandbox.slots import Slot, abandoned
from tests.corral.sandbox.conftest import make_any_sandbox
from tests.corral.sandbox.hosts import processes_with, settled_descriptors, until
from tests.corral.sandbox.runtimes import engine_socket
from tests.corral.sandbox.workshop import Workshop

ROOT = Path(__file__).parents[3]
WORKER = """
import asyncio, sys, tempfile
from pathlib import Path
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.slots import slots_folder
from tests.corral.sandbox.conftest import make_any_sandbox
from tests.corral.sandbox.workshop import Workshop

runtime, folder, marker = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

async def main():
    cgroups = Cgroups.of_this_machine(slots_folder(folder / "state"))
    sandbox = make_any_sandbox(runtime, folder, cgroups)
    async with Workshop(Path(tempfile.mkdtemp(dir=folder)), sandbox) as workshop:
        source = "import sys, time; print('up', flush=True); time.sleep(600)"
        process = await workshop.start(source, command=("python", "main.py", marker))
        await process.stdout.readline()
        print("up", flush=True)
        await process.wait()

asyncio.run(main())
"""


@pytest.fixture
def any_sandbox(runtime: str, open_folder: Path, cgroups: Cgroups) -> Sandbox:
    return make_any_sandbox(runtime, open_folder, cgroups)


def test_lacks_nothing_but_cgroups(any_sandbox: Sandbox) -> None:
    assert [sentence for sentence in any_sandbox.lacks() if "cgroup" not in sentence] == []


async def test_lacks_may_be_asked_inside_an_event_loop(any_sandbox: Sandbox) -> None:
    assert [sentence for sentence in any_sandbox.lacks() if "cgroup" not in sentence] == []


async def test_self_test_finds_nothing(any_sandbox: Sandbox) -> None:
    assert await examine(any_sandbox) == []


async def test_worker_that_is_killed_leaves_nothing(
    runtime: str, open_folder: Path, cgroups: Cgroups
) -> None:
    mark = f"marker-{uuid.uuid4()}"
    assert len(start_and_kill_worker(runtime, str(open_folder), mark)) >= 1
    await until(lambda: not processes_with(mark))
    sandbox = make_any_sandbox(runtime, open_folder, cgroups)
    async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
        await workshop.run("")
        assert await left_over(sandbox) == []


def start_and_kill_worker(*arguments: str) -> set[int]:
    """The processes that a worker's sandbox had when it was killed."""
    command = [sys.executable, "-c", WORKER, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "up\n"
        sandboxed = processes_with(arguments[-1]) - {worker.pid}
        worker.kill()
    return sandboxed


async def left_over(sandbox: Sandbox) -> list[str]:
    """Containers of a Docker sandbox's machine that belong to nobody who lives."""
    if not isinstance(sandbox, DockerSandbox):
        return []
    assert sandbox._ready is not None
    ready = sandbox._ready
    found = await Engine(engine_socket()).labels(f"corral.slots={ready.share}")
    return [name for name, labels in found if _is_nobodys(ready.slot, labels)]


def _is_nobodys(own: Slot, labels: Mapping[str, str]) -> bool:
    """Of the slot that the asking sandbox has, or of none that anybody has: others may be at it."""
    number = int(labels["corral.slot"])
    if number == own.number:
        return True
    with abandoned(own.folder, number) as nobodys:
        return nobodys


def test_event_loop_that_is_closed_leaves_no_process(
    runtime: str, open_folder: Path, cgroups: Cgroups
) -> None:
    mark = f"marker-{uuid.uuid4()}"
    sandbox = make_any_sandbox(runtime, open_folder, cgroups)

    async def forget_to_kill() -> None:
        async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
            source = "import time; time.sleep(600)"
            await workshop.start(source, command=("python", "main.py", mark))

    asyncio.run(forget_to_kill())
    asyncio.run(until(lambda: not processes_with(mark)))
    assert asyncio.run(left_over(sandbox)) == []


async def test_many_ends_leave_no_descriptor(workshop: Workshop) -> None:
    await workshop.run("")
    before = await settled_descriptors()
    await asyncio.gather(*(workshop.run("print('x')") for _ in range(3)))
    process = await workshop.start("import time; time.sleep(600)")
    process.stdin.write(bytes(8 << 20))
    await process.kill()
    assert await settled_descriptors() == before
