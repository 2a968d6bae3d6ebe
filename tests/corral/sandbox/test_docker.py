"""The Docker runtime on an engine that speaks the real interface: on every machine."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Exit, Launch, SandboxProcess
from corral.sandbox.docker import DockerSandbox
from tests.corral.sandbox.workshop import PYTHON, FakeDoor
from tests.fakes.engine import FakeContainer, FakeEngine, Refusal


@pytest.fixture
async def launch(tmp_path: Path) -> AsyncIterator[Launch]:
    (tmp_path / "project").mkdir()
    door = FakeDoor(tmp_path / "gateway.sock")
    yield Launch(tmp_path / "project", ("python", "main.py"), door)
    door.shut()


def make(engine: FakeEngine, *, slot: int = 500) -> DockerSandbox:
    return DockerSandbox(
        state=engine.socket.parent / "state",
        interpreter=PYTHON,
        base_environment=None,
        slot=slot,
        socket=engine.socket,
    )


async def converse(process: SandboxProcess, said: bytes) -> bytes:
    process.stdin.write(said)
    process.stdin.close()
    return await process.stdout.read()


async def test_project_reads_and_writes_and_is_removed(engine: FakeEngine, launch: Launch) -> None:
    process = await make(engine).start(launch)
    assert await converse(process, b"a\nb\n") == b"a\nb\n"
    assert await process.wait() == Exit(0, None)
    assert await process.stderr.read() == b""
    assert engine.containers == {}


async def test_image_is_imported_once(engine: FakeEngine, launch: Launch) -> None:
    for _ in range(2):
        await (await make(engine).start(launch)).kill()
    assert engine.imports == 1


async def test_kill_is_the_end_by_signal_and_idempotent(engine: FakeEngine, launch: Launch) -> None:
    process = await make(engine).start(launch)
    assert [await process.kill(), await process.kill(), await process.wait()] == [
        Exit(None, signal.SIGKILL)
    ] * 3
    assert engine.containers == {}


async def test_memory_that_ran_out_is_told_by_the_engine_where_the_count_is_out_of_sight(
    engine: FakeEngine, launch: Launch
) -> None:
    async def run_out(container: FakeContainer) -> int:
        container.out_of_memory = True
        return 3

    engine.program = run_out
    assert await (await make(engine).start(launch)).wait() == Exit(3, None, out_of_memory=True)


async def test_engine_that_was_away_at_the_end_is_asked_until_the_container_is_gone(
    engine: FakeEngine, launch: Launch
) -> None:
    process = await make(engine).start(launch)
    engine.stop()
    engine.socket.unlink()
    assert await converse(process, b"x") == b"x"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.1)
    await engine.listen()
    assert await process.wait() == Exit(0, None)
    assert engine.containers == {}


async def test_engine_that_dies_with_its_containers_is_the_platforms_failure(
    engine: FakeEngine, launch: Launch
) -> None:
    process = await make(engine).start(launch)
    engine.stop()
    engine.socket.unlink()
    (container,) = engine.containers.values()
    assert container.running is not None
    container.running.cancel()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.1)
    await engine.listen()
    with pytest.raises(SandboxUnavailable, match="lost the container"):
        await process.wait()
    assert engine.containers == {}


async def test_container_that_somebody_else_removed_is_the_platforms_failure(
    engine: FakeEngine, launch: Launch
) -> None:
    process = await make(engine).start(launch)
    ((name, container),) = engine.containers.items()
    del engine.containers[name]
    assert container.running is not None
    container.running.cancel()
    with pytest.raises(SandboxUnavailable, match="lost the container"):
        await process.wait()
    assert await process.kill() == Exit(None, signal.SIGKILL)


async def test_start_that_is_cancelled_leaves_no_container(
    engine: FakeEngine, launch: Launch
) -> None:
    starting = asyncio.ensure_future(make(engine).start(launch))
    await engine.made.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert engine.containers == {}


async def test_process_1_that_ends_before_it_calls_is_the_platforms_failure(
    engine: FakeEngine, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(container: FakeContainer) -> int:
        container.write("stderr", b"first line\ncorral: no such folder\n")
        container.close()
        return 1

    monkeypatch.setattr(engine, "_process_1", fail)
    with pytest.raises(SandboxUnavailable, match="could not be set up: corral: no such folder"):
        await make(engine).start(launch)
    assert engine.containers == {}


async def test_engine_that_refuses_says_why(engine: FakeEngine, launch: Launch) -> None:
    engine.refusals["/containers/create"] = Refusal(500, "no space left on device")
    with pytest.raises(SandboxUnavailable, match=r"refuses: no space left on device\.$"):
        await make(engine).start(launch)


async def test_lacks_nothing_with_a_good_engine(engine: FakeEngine) -> None:
    # In a thread, as the engine is served by this one's event loop.
    assert await asyncio.to_thread(make(engine).lacks) == []
    assert engine.containers == {}


async def test_engine_that_does_not_see_this_machine_is_found_out(engine: FakeEngine) -> None:
    reason = "bind source path does not exist: /usr"
    engine.refusals["/containers/create"] = Refusal(400, reason)
    assert await asyncio.to_thread(make(engine).lacks) == [
        f"The Docker engine refuses: {reason}. It must run on this machine and see its files."
    ]


async def test_start_refuses_what_lacks_names(engine: FakeEngine, launch: Launch) -> None:
    engine.info = {**engine.info, "PidsLimit": False}
    sandbox = make(engine)
    sentence = "The Docker engine cannot limit processes on this machine."
    assert await asyncio.to_thread(sandbox.lacks) == [sentence]
    with pytest.raises(SandboxUnavailable, match=sentence):
        await sandbox.start(launch)


async def test_containers_of_dead_workers_are_removed_and_others_left_alone(
    engine: FakeEngine, launch: Launch
) -> None:
    living = make(engine)
    process = await living.start(launch)
    (container,) = engine.containers.values()
    labels = container.description["Labels"]
    successor = make(engine, slot=501)
    number = str(successor._slot().number)
    for name, change in {
        "of-nobody": {"corral.slot": "777", "corral.token": "dead"},
        "of-an-earlier-one": {"corral.slot": number, "corral.token": "dead"},
        "of-another-installation": {"corral.slots": "other"},
    }.items():
        engine.containers[name] = FakeContainer({"Labels": {**labels, **change}})
    other = await successor.start(launch)
    assert "of-another-installation" in engine.containers
    assert {"of-nobody", "of-an-earlier-one"} & engine.containers.keys() == set()
    assert await converse(process, b"alive") == b"alive"
    await process.wait()
    await other.kill()


async def test_stream_that_nobody_reads_holds_up_no_other(
    engine: FakeEngine, launch: Launch
) -> None:
    async def write_much(container: FakeContainer) -> int:
        for _ in range(400):
            container.write("stderr", bytes(65536))
        container.write("stdout", b"through")
        await asyncio.sleep(600)
        return 0

    engine.program = write_much
    process = await make(engine).start(launch)
    assert await process.stdout.readexactly(7) == b"through"
    await process.kill()
    assert len(await process.stderr.read()) == 400 * 65536
