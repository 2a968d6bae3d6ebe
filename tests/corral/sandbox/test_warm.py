"""Programs that run in an interpreter that stood ready see what they would see without."""

import asyncio
import contextlib
import errno
import gc
import itertools
import os
import signal
import tempfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Exit, Launch, Sandbox
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.limits import MIB, Limits
from corral.sandbox.rooms import Rooms
from corral.sandbox.slots import reserve_slot, slots_folder
from tests.corral.sandbox.conftest import make_sandbox
from tests.corral.sandbox.hosts import processes_with, settled_descriptors, until
from tests.corral.sandbox.runtimes import BUBBLEWRAP
from tests.corral.sandbox.test_death import groups_of
from tests.corral.sandbox.workshop import FakeDoor, Ran, Workshop
from tests.fakes.sandbox import PlainSandbox

LOOK = """
import os, sys
print(sys.argv, sys.path[0], os.getcwd(), __name__, __file__, __spec__, sorted(globals()))
print(sorted(os.environ.items()), sys.executable, sorted(os.listdir("/proc/self/fd")))
print(sys.modules["__main__"].__dict__ is globals(), [m for m in sys.modules if "corral" in m])
print([name for name in sys.path if "corral" in name], sys.stdin.read())
"""
_seconds = itertools.count(1000.0)
IS_WARM = "import sys; print('corral' in ' '.join(sys.orig_argv))"


@pytest.fixture
async def warmed(cgroups: Cgroups) -> AsyncIterator[Workshop]:
    """A workshop in which the next script finds a sandbox that stands ready; with its own state."""
    with tempfile.TemporaryDirectory(prefix="corral-warm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with Workshop(folder, make_sandbox(folder, cgroups)) as workshop:
            await workshop.run("")
            await until(lambda: bool(rooms_at(folder)))
            yield workshop
            workshop.sandbox = PlainSandbox()  # the real one goes before its state


@pytest.fixture
def runtime() -> str:
    """Only this one has sandboxes that stand ready."""
    return BUBBLEWRAP


async def run_both_ways(
    workshop: Workshop, source: str, *, script: str = "main.py", stdin: bytes = b""
) -> tuple[Ran, Ran]:
    """A script in a sandbox of its own, and then in one that stood ready."""
    unlike_all_others = Limits(wall_seconds=next(_seconds))
    command = ("python", script, "argument")
    cold = await workshop.run(source, command=command, limits=unlike_all_others, stdin=stdin)
    warm = await workshop.run(source, command=command, limits=unlike_all_others, stdin=stdin)
    return cold, warm


async def test_second_start_finds_one_that_stands_ready(workshop: Workshop) -> None:
    first, second = await run_both_ways(workshop, IS_WARM)
    assert (first.stdout, second.stdout) == ("False\n", "True\n")


async def test_script_sees_the_same_both_ways(workshop: Workshop) -> None:
    cold, warm = await run_both_ways(workshop, LOOK, stdin=b"input")
    assert warm == cold


@pytest.mark.parametrize(
    "source",
    [
        "raise ValueError('x')",
        "def f():\n    raise KeyError(1)\nf()",
        "import sys; sys.exit('goodbye')",
        "raise SystemExit(7)",
        "import threading; threading.Thread(target=print, args=('late',)).start()",
        "import atexit; atexit.register(print, 'at the end')",
        "def f(:",
        "import sys\nsys.excepthook = lambda *a: print('hooked', a[0])\nraise ValueError",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    b: 'int'\nprint(A(1))",
        "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))))",
        "import os; os.abort()",
        "import inspect\ndef f(): pass\nprint(inspect.getsource(f))",
    ],
)
async def test_script_ends_the_same_both_ways(workshop: Workshop, source: str) -> None:
    cold, warm = await run_both_ways(workshop, source)
    assert warm == cold


async def test_script_that_is_missing_ends_the_same_both_ways(workshop: Workshop) -> None:
    cold, warm = await run_both_ways(workshop, "", script="nothing.py")
    assert warm == cold
    assert warm.exit == Exit(2, None)


async def test_workers_of_multiprocessing_find_the_script(warmed: Workshop) -> None:
    ran = await warmed.run(
        """
        import multiprocessing
        def double(number):
            return 2 * number
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(double, [21]))
        """
    )
    assert (ran.stdout, ran.stderr) == ("[42]\n", "")


async def test_modules_of_the_project_come_before_all_others(warmed: Workshop) -> None:
    (warmed.project / "corral").mkdir()
    (warmed.project / "corral" / "__init__.py").write_text("name = 'mine'")
    assert (await warmed.run("import corral; print(corral.name)")).stdout == "mine\n"


@pytest.mark.parametrize("script", [".", "app", "app.zip", "main.txt"])
async def test_what_is_no_plain_script_ends_the_same_both_ways(
    workshop: Workshop, script: str
) -> None:
    source = "import sys; print(__name__, sys.argv)"
    (workshop.project / "__main__.py").write_text(source)
    (workshop.project / "app").mkdir()
    (workshop.project / "app" / "__main__.py").write_text(source)
    (workshop.project / "main.txt").write_text(source)
    with zipfile.ZipFile(workshop.project / "app.zip", "w") as packed:
        packed.writestr("__main__.py", source)
    cold, warm = await run_both_ways(workshop, "", script=script)
    assert warm == cold
    assert cold.exit == Exit(0, None)


@pytest.mark.parametrize("pause", [0.0, 0.5])
async def test_projects_own_module_hides_the_systems_both_ways(
    workshop: Workshop, pause: float
) -> None:
    (workshop.project / "json.py").write_text("loads = 'mine'")
    for _ in range(3):
        ran = await workshop.run("import json; print(json.loads)")
        assert (ran.stdout, ran.stderr) == ("mine\n", "")
        await asyncio.sleep(pause)  # so that it is furnished before, and after, it is ready


async def test_projects_own_module_hides_a_preloaded_one(workshop: Workshop) -> None:
    (workshop.project / "colorsys.py").write_text("name = 'mine'")
    for _ in range(2):
        process = await workshop.start(
            "import colorsys; print(colorsys.name)", preload=("colorsys",)
        )
        assert await process.stdout.read() == b"mine\n"
        await process.wait()


async def test_nothing_of_the_project_runs_before_its_turn(workshop: Workshop) -> None:
    package = workshop.project / "corral" / "sandbox"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "warm.py").write_text("import os; os.write(1, b'too early')")
    for _ in range(3):
        assert (await workshop.run("print('in turn')")).stdout == "in turn\n"


async def test_preload_that_prints_or_exits_says_nothing(workshop: Workshop) -> None:
    for _ in range(2):
        process = await workshop.start("print('answer')", preload=("this", "antigravity"))
        process.stdin.close()
        assert await process.stdout.read() == b"answer\n"
        await process.wait()


async def test_preloaded_module_is_there_before_the_script_begins(workshop: Workshop) -> None:
    source = "import sys; print('decimal' in sys.modules)"
    for expected in ("False\n", "True\n"):
        process = await workshop.start(source, preload=("decimal", "no_such_module"))
        assert (await process.stdout.read()).decode() == expected
        await process.wait()


async def test_project_in_a_room_is_read_only_and_unharmed(warmed: Workshop) -> None:
    (warmed.project / "data").mkdir()
    (warmed.project / "data" / "kept.txt").write_text("kept")
    os.symlink("data/kept.txt", warmed.project / "link")
    ran = await warmed.run(
        """
        import os
        for attempt in (lambda: open("data/kept.txt", "a"), lambda: os.remove("main.py"),
                        lambda: open("new", "w"), lambda: os.chmod("link", 0o777)):
            try:
                print(attempt())
            except OSError as error:
                print(error.errno)
        print(open("link").read())
        """
    )
    *refused, kept = ran.stdout.split()
    assert (set(refused) <= {str(errno.EACCES), str(errno.EROFS)}, kept) == (True, "kept")
    assert (warmed.project / "data" / "kept.txt").read_text() == "kept"


async def test_limits_hold_for_one_that_stood_ready(workshop: Workshop) -> None:
    limits = Limits(cpu_seconds=1, scratch_bytes=8 * MIB)
    await workshop.run("", limits=limits)
    ran = await workshop.run("print(1)\nwhile True: pass", limits=limits)
    assert (ran.stdout, ran.exit) == ("1\n", Exit(None, signal.SIGXCPU))


async def test_other_limits_get_a_sandbox_of_their_own(warmed: Workshop) -> None:
    other = Limits(pids=10)
    assert (await warmed.run(IS_WARM, limits=other)).stdout == "False\n"
    assert (await warmed.run(IS_WARM, limits=other)).stdout == "True\n"


async def test_one_that_stood_ready_and_died_is_replaced(warmed: Workshop) -> None:
    (room,) = rooms_at(warmed.folder)
    await until(lambda: bool(interpreters_in(room)))
    for pid in interpreters_in(room):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    ran = await warmed.run(IS_WARM)
    assert (ran.stdout, ran.exit) == ("False\n", Exit(0, None))
    assert room not in rooms_at(warmed.folder)


async def test_change_of_kind_leaves_no_descriptor(warmed: Workshop) -> None:
    before = await settled_descriptors()
    for seconds in (100.0, 101.0, 102.0):
        await warmed.run("", limits=Limits(wall_seconds=seconds))
        assert await settled_descriptors() == before


def test_loop_that_ends_while_one_is_made_ready_leaves_nothing(cgroups: Cgroups) -> None:
    with tempfile.TemporaryDirectory(prefix="corral-warm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        sandbox: Sandbox = make_sandbox(folder, cgroups)
        (folder / "project").mkdir()
        (folder / "project" / "main.py").touch()

        async def run_once(sandbox: Sandbox, seconds: float) -> None:
            launch = Launch(
                folder / "project",
                ("python", "main.py"),
                FakeDoor(folder / "gateway.sock"),
                limits=Limits(wall_seconds=seconds),
            )
            await (await sandbox.start(launch)).wait()

        for number in range(12):
            asyncio.run(run_once(sandbox, 100.0 + number))
        assert len(rooms_at(folder)) <= 1
        del sandbox
        gc.collect()
        assert rooms_at(folder) == set()


async def test_stall_that_died_while_it_waited_is_replaced(warmed: Workshop) -> None:
    for pid in await waiting_stalls():
        os.kill(pid, signal.SIGKILL)
    ran = await warmed.run("print(1)", command=("sh", "-c", "echo 1"))
    assert ran.stdout == "1\n"


async def test_watcher_that_is_killed_is_the_platforms_failure(warmed: Workshop) -> None:
    process = await warmed.start("input()", command=("sh", "-c", "read x"))
    watchers = {pid for pid in processes_with("spawner.py") if os.getpid() in ancestors(pid)}
    for pid in watchers - {min(watchers)}:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(SandboxUnavailable, match="watched"):
        await process.wait()


async def test_room_is_gone_with_its_sandbox(warmed: Workshop) -> None:
    (before,) = rooms_at(warmed.folder)
    await warmed.run("")
    await until(lambda: before not in rooms_at(warmed.folder))


async def test_worker_that_ends_leaves_nothing_that_stands_ready(
    open_folder: Path, cgroups: Cgroups
) -> None:
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    async with Workshop(folder, make_sandbox(folder, cgroups)) as workshop:
        await workshop.run("")
        await until(lambda: bool(rooms_at(folder)))
    (room,) = rooms_at(folder)
    slot = room.name.rpartition("-")[0]  # by which its cgroups are named, too
    del workshop
    gc.collect()
    assert rooms_at(folder) == set()
    assert {name for name in groups_of(cgroups) if name.startswith(slot)} == set()


async def test_rooms_of_dead_workers_are_removed(open_folder: Path, cgroups: Cgroups) -> None:
    state = open_folder / "state"
    left = Rooms.of(state, reserve_slot(slots_folder(state), 0)).folder / "777-0123abcd-0"
    left.mkdir(parents=True)
    sandbox = make_sandbox(open_folder, cgroups)
    async with Workshop(Path(tempfile.mkdtemp(dir=open_folder)), sandbox) as workshop:
        await workshop.run("")
    assert not left.exists()


async def waiting_stalls() -> set[int]:
    """Children of this process's spawner; it itself is their elder."""
    await asyncio.sleep(0.2)
    found = {pid for pid in processes_with("spawner.py") if os.getpid() in ancestors(pid)}
    return found - {min(found)}


def interpreters_in(room: Path) -> set[int]:
    """Those that wait in this sandbox: ones of earlier tests may be ending just now."""
    found = set()
    for pid in processes_with("corral.sandbox.warm"):
        with contextlib.suppress(OSError):
            if room.name in Path(f"/proc/{pid}/mountinfo").read_text():
                found.add(pid)
    return found


def ancestors(pid: int) -> set[int]:
    """The parents of a process, up to the first; none where it is gone."""
    found: set[int] = set()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while pid > 1:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            found.add(pid)
    return found


def rooms_at(folder: Path) -> set[Path]:
    return set((folder / "state" / "sandbox").glob("rooms-*/*"))
