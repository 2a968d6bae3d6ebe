"""A sandbox that is over is over: nothing of it lives on, whoever ends it and however."""

import asyncio
import signal
import tempfile
import uuid
from pathlib import Path

import pytest

from corral.sandbox.cgroups import Cgroups
from corral.sandbox.limits import Limits
from corral.sandbox.slots import reserve_slot, slots_folder
from tests.corral.sandbox.conftest import make_sandbox
from tests.corral.sandbox.hosts import copy_engine, processes_with, run_script, until
from tests.corral.sandbox.runtimes import BUBBLEWRAP
from tests.corral.sandbox.workshop import Workshop

DAEMON = """
import os, signal, subprocess, sys
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        subprocess.run([sys.executable, "-c", code, MARKER])
    os._exit(0)
os.wait()
print("ready", flush=True)
"""
WORKER = """
import asyncio, os, sys
from pathlib import Path
from corral.sandbox.base import Launch
from corral.sandbox.bubblewrap import BubblewrapSandbox

folder, marker = Path(sys.argv[1]), sys.argv[2]

class Door:
    async def serve_on(self, listener):
        return listener

async def main():
    sandbox = BubblewrapSandbox(state=folder / "state", interpreter=Path(sys.executable),
                                base_environment=None, slot=200, degraded=True)
    command = ("python", "-c", "import time; print('up', flush=True); time.sleep(600)", marker)
    process = await sandbox.start(Launch(folder, command, Door()))
    await process.stdout.readline()
    print("up", flush=True)
    await process.wait()

asyncio.run(main())
"""


def marker() -> str:
    return f"marker-{uuid.uuid4()}"


async def test_daemon_is_dead_after_kill(workshop: Workshop) -> None:
    mark = marker()
    process = await workshop.start(f"MARKER = {mark!r}\n{DAEMON}\ninput()")
    assert await process.stdout.readline() == b"ready\n"
    await until(lambda: bool(processes_with(mark)))
    await process.kill()
    assert processes_with(mark) == set()


async def test_daemon_is_dead_after_the_project_ended(workshop: Workshop) -> None:
    mark = marker()
    process = await workshop.start(f"MARKER = {mark!r}\n{DAEMON}\ninput()")
    assert await process.stdout.readline() == b"ready\n"
    await until(lambda: bool(processes_with(mark)))
    process.stdin.write(b"\n")
    assert (await process.wait()).status == 0
    assert processes_with(mark) == set()


async def test_stopped_project_is_dead_after_kill(workshop: Workshop) -> None:
    process = await workshop.start("import os; print(1, flush=True); os.kill(os.getpid(), 19)")
    await process.stdout.readline()
    assert (await process.kill()).signal == signal.SIGKILL


async def test_fork_bomb_is_dead_after_kill(workshop: Workshop) -> None:
    mark = marker()
    source = f"""
    import os
    print("{mark}", flush=True)
    while True:
        try:
            os.fork()
        except OSError:
            pass
    """
    command = ("python", "main.py", mark)
    process = await workshop.start(source, command=command, limits=Limits(pids=16))
    await process.stdout.readline()
    await asyncio.sleep(0.1)
    await process.kill()
    assert processes_with(mark) == set()


@pytest.mark.parametrize("runtime", [BUBBLEWRAP], indirect=True)
async def test_cgroup_is_gone_after_the_end(workshop: Workshop, cgroups: Cgroups) -> None:
    process = await workshop.start("input()")
    during = groups_of(cgroups)
    mine = set(process._stall.cgroup.folders)  # type: ignore[attr-defined]
    assert all(folder.name in during for folder in mine)
    await process.kill()
    await until(lambda: not any(folder.exists() for folder in mine))


async def test_start_that_is_cancelled_leaves_nothing(workshop: Workshop) -> None:
    mark = marker()
    command = ("python", "main.py", mark)
    starting = asyncio.ensure_future(workshop.start("input()", command=command))
    await asyncio.sleep(0.02)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert processes_with(mark) == set()
    assert processes_with(str(workshop.folder)) == set()


def test_event_loop_that_is_closed_leaves_no_process(open_folder: Path, cgroups: Cgroups) -> None:
    mark = marker()

    async def forget_to_kill() -> None:
        sandbox = make_sandbox(open_folder, cgroups)
        async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
            process = await workshop.start(
                "import time; time.sleep(600)", command=("python", "main.py", mark)
            )
            process.stdin.close()

    asyncio.run(forget_to_kill())
    asyncio.run(until(lambda: not processes_with(mark)))


async def test_killed_worker_leaves_no_process(open_folder: Path, cgroups: Cgroups) -> None:
    mark, folder = marker(), Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o755)
    worker = run_script(WORKER, copy_engine(folder / "engine"), str(folder), mark)
    with worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "up\n"
        sandboxed = processes_with(mark) - {worker.pid}
        worker.kill()
    assert len(sandboxed) >= 1
    await until(lambda: not processes_with(mark))
    await forget_the_worker(open_folder, cgroups)


async def forget_the_worker(open_folder: Path, cgroups: Cgroups) -> None:
    """What the dead worker left in cgroups goes when the next one starts."""
    if not cgroups.places:
        return
    left = {name for name in groups_of(cgroups) if name.startswith("200-")}
    assert len(left) > 0
    sandbox = make_sandbox(open_folder, cgroups)
    async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
        await workshop.run("")
    assert groups_of(cgroups) & left == set()


async def test_groups_of_living_workers_are_left_alone(
    workshop: Workshop, cgroups: Cgroups, open_folder: Path
) -> None:
    process = await workshop.start("input(); print('alive')")
    slot = reserve_slot(slots_folder(open_folder / "state"), 300)
    await cgroups.remove_abandoned(slot)
    process.stdin.write(b"\n")
    assert await process.stdout.read() == b"alive\n"
    await process.wait()


def groups_of(cgroups: Cgroups) -> set[str]:
    return {
        each.name
        for place in cgroups.places.values()
        for each in place.folder.iterdir()
        if each.is_dir()
    }
