"""The contract of a sandbox, on the real one."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Exit, Launch
from corral.sandbox.bubblewrap import BubblewrapSandbox
from tests.corral.sandbox.hosts import settled_descriptors
from tests.corral.sandbox.workshop import PYTHON, Workshop


async def test_project_reads_its_files_and_its_input(workshop: Workshop) -> None:
    (workshop.project / "data.txt").write_text("forty-two")
    ran = await workshop.run(
        "import sys; print(open('data.txt').read(), sys.stdin.read())", stdin=b"?"
    )
    assert (ran.exit, ran.stdout, ran.stderr) == (Exit(0, None), "forty-two ?\n", "")


async def test_environment_is_only_what_was_launched(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    ran = await workshop.run(
        "import os; print(sorted(os.environ.items()))",
        environment={"CORRAL_MODEL": "m", "PATH": "/evil"},
    )
    assert ran.stdout == (
        "[('CORRAL_MODEL', 'm'), ('HOME', '/tmp'), ('LANG', 'C.UTF-8'), "
        "('PATH', '/corral/bin:/usr/local/bin:/usr/bin:/bin'), ('PYTHONPATH', '/environment'), "
        "('PYTHONUNBUFFERED', '1'), ('TMPDIR', '/tmp')]\n"
    )


async def test_answers_come_while_the_project_runs(workshop: Workshop) -> None:
    process = await workshop.start("for line in iter(input, ''): print(line.upper())")
    process.stdin.write(b"a\n")
    assert await process.stdout.readline() == b"A\n"
    process.stdin.write(b"b\n")
    assert await process.stdout.readline() == b"B\n"
    assert await process.kill() == Exit(None, signal.SIGKILL)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("raise SystemExit(3)", Exit(3, None)),
        ("raise SystemExit(200)", Exit(200, None)),
        ("import os; os.kill(os.getpid(), 15)", Exit(None, 15)),
        ("import os; os.abort()", Exit(None, 6)),
    ],
)
async def test_exit_tells_status_from_signal(
    workshop: Workshop, source: str, expected: Exit
) -> None:
    assert (await workshop.run(source)).exit == expected


async def test_command_that_is_not_there_is_the_projects_own_failure(workshop: Workshop) -> None:
    ran = await workshop.run("", command=("nonsense",))
    assert ran.exit == Exit(127, None)
    assert "nonsense" in ran.stderr


async def test_command_that_cannot_be_run_is_the_projects_own_failure(workshop: Workshop) -> None:
    (workshop.project / "run.sh").write_text("#!/bin/sh\n")
    assert (await workshop.run("", command=("./run.sh",))).exit == Exit(126, None)


async def test_script_of_the_project_is_run_by_its_path(workshop: Workshop) -> None:
    script = workshop.project / "run.sh"
    script.write_text("#!/bin/sh\necho from $PWD with $1\n")
    script.chmod(0o755)
    ran = await workshop.run("", command=("./run.sh", "args"))
    assert ran.stdout == "from /project with args\n"


async def test_python_is_the_interpreter_by_every_name(workshop: Workshop) -> None:
    source = "import os, sys; print(os.path.realpath(sys.executable), sys.prefix)"
    by_one = await workshop.run(source, command=("python", "main.py"))
    by_other = await workshop.run(source, command=("python3", "main.py"))
    assert by_one.stdout == by_other.stdout == f"{PYTHON.resolve()} /usr\n"


async def test_wait_and_kill_may_be_called_again(workshop: Workshop) -> None:
    process = await workshop.start("raise SystemExit(5)")
    ends = [await process.wait(), await process.wait(), await process.kill(), await process.kill()]
    assert ends == [Exit(5, None)] * 4


async def test_wait_that_is_cancelled_leaves_the_project_running(workshop: Workshop) -> None:
    process = await workshop.start("input(); raise SystemExit(4)")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.05)
    process.stdin.write(b"\n")
    assert await process.wait() == Exit(4, None)


async def test_output_that_nobody_reads_does_not_keep_the_end_back(workshop: Workshop) -> None:
    process = await workshop.start("import os\nwhile True: os.write(1, b'x' * 65536)")
    await asyncio.sleep(0.2)
    assert (await process.kill()).signal == signal.SIGKILL


async def test_two_sandboxes_run_side_by_side(workshop: Workshop) -> None:
    one, other = await asyncio.gather(
        workshop.start("import sys; print(sys.stdin.read())"),
        workshop.start("import sys; print(sys.stdin.read())"),
    )
    for process, word in ((one, b"one"), (other, b"other")):
        process.stdin.write(word)
        process.stdin.close()
    assert [await one.stdout.read(), await other.stdout.read()] == [b"one\n", b"other\n"]
    assert [await one.wait(), await other.wait()] == [Exit(0, None)] * 2


def children_now() -> set[str]:
    """The live and dead children of this process: the services of the tests are among them."""
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for children in lists for pid in children.read_text().split()}


async def test_no_descriptor_and_no_child_is_left(workshop: Workshop) -> None:
    await workshop.run("")
    before, children = await settled_descriptors(), children_now()
    for _ in range(3):
        await workshop.run("print('x')")
    assert await settled_descriptors() == before
    assert children_now() == children


async def test_start_names_a_folder_that_cannot_be_reached(
    workshop: Workshop, tmp_path: Path
) -> None:
    missing = tmp_path / "nothing"
    launch = Launch(missing, ("true",), workshop.door)
    with pytest.raises(SandboxUnavailable, match="nothing"):
        await workshop.sandbox.start(launch)
    # as a regular file it passes our own look, and bwrap itself must say why
    missing.parent.chmod(0o755)
    with pytest.raises(SandboxUnavailable):
        await workshop.sandbox.start(replace(launch, project=PYTHON))


def test_lacks_nothing_but_cgroups_here(sandbox: BubblewrapSandbox) -> None:
    assert [sentence for sentence in sandbox.lacks() if "cgroup" not in sentence] == []


def test_lacks_names_an_interpreter_that_is_not_there(open_folder: Path) -> None:
    missing = BubblewrapSandbox(
        state=open_folder / "state",
        interpreter=open_folder / "python9",
        base_environment=None,
        slot=100,
        degraded=False,
    )
    assert missing.lacks() == [f"SANDBOX_PYTHON: {open_folder}/python9: No such file or directory."]


async def test_start_refuses_without_cgroups_unless_degraded(
    open_folder: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corral.sandbox.cgroups.find_places", lambda name: {})
    strict, degraded = (
        BubblewrapSandbox(
            state=open_folder / "state",
            interpreter=PYTHON,
            base_environment=None,
            slot=100,
            degraded=allowed,
        )
        for allowed in (False, True)
    )
    workshop.sandbox = strict
    with pytest.raises(SandboxUnavailable, match="No cgroup can be made for memory"):
        await workshop.start("")
    assert len(strict.lacks()) == len(degraded.lacks()) == 3
    workshop.sandbox = degraded
    ran = await workshop.run("x = bytearray(2 << 30)")
    assert ran.stderr.endswith("MemoryError\n")


def test_uid_is_reserved_for_one_sandbox_alone(
    open_folder: Path, sandbox: BubblewrapSandbox
) -> None:
    other = BubblewrapSandbox(
        state=open_folder / "state",
        interpreter=PYTHON,
        base_environment=None,
        slot=100,
        degraded=True,
    )
    if os.geteuid() == 0:
        assert len({sandbox.owner(), other.owner(), sandbox.owner()}) == 2
    else:
        assert sandbox.owner() is other.owner() is None
