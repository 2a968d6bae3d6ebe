"""One probe as a real run: a project, tasks, a gateway with its model, and a neighbour."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corral.gateway.budget import Budget
from corral.gateway.server import Gateway
from corral.gateway.upstream import Upstream
from corral.head_tail import HeadTail
from corral.policy import Policy
from corral.project.manifest import Manifest, ProgramSection, ProjectKind
from corral.runner import ProjectFailed, StoredProject, TaskOutcome, run_project
from corral.sandbox.base import Sandbox
from corral.suites.base import Task
from tests.fakes.upstream import FakeUpstream
from tests.probes.canaries import Canaries
from tests.probes.handing_in import hand_in
from tests.probes.looks import Watch
from tests.probes.probe import Probe
from tests.probes.seen import Seen

Retire = Callable[[Sandbox], Awaitable[None]]
MODEL = "smollm2-135m-instruct"
MODEL_SERVERS_KEY = secrets.token_urlsafe(18)
VARIABLE = "CORRAL_PROBE_SECRET"  # in the worker's environment, where nobody may read it
TESTS = Path(__file__).parents[1]
LONGEST_SECONDS = 90.0
MAIN = """import importlib, sys
from tests.probes.inside import serve
serve(importlib.import_module(sys.argv[1]).attempt)
"""


@dataclass(slots=True)
class Scene:
    """All that belongs to one probe; its folder is gone with it."""

    probe: Probe
    folder: Path
    canaries: Canaries
    sandbox: Sandbox
    upstream: FakeUpstream
    gateway: Gateway
    budget: Budget
    neighbour: Gateway
    neighbours_model: FakeUpstream
    facts: dict[str, Any]
    log: HeadTail
    outcomes: list[TaskOutcome] = field(default_factory=list)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def watch(self) -> Watch:
        assert self.canaries.victim is not None
        return Watch(self.canaries.token, self.sandbox.owner(), self.canaries.victim.pid)

    def notice(self, sentence: str) -> None:
        """The host has seen what must not be."""
        self.canaries.touched.append(sentence)


async def run_probe(probe: Probe, folder: Path, sandbox: Sandbox, retire: Retire) -> Seen:
    """Run it in a new folder below `folder`; what was recorded and seen.

    `retire` has the sandbox let go of what it holds ready for a next run.
    """
    token = secrets.token_hex(8)
    place = folder / token
    place.mkdir()
    place.chmod(0o755)
    try:
        if probe.archive is not None:
            return await asyncio.to_thread(hand_in, probe.archive, place)
        if probe.warm:  # after a first run of its kind another stands ready
            await _played(probe, place / "first", sandbox, _keep)
        return await _played(probe, place / "second", sandbox, retire if probe.warm else _keep)
    finally:
        shutil.rmtree(place)


async def _keep(_: Sandbox) -> None:
    """Nothing stands ready, or it is to be used."""


async def _played(probe: Probe, place: Path, sandbox: Sandbox, retire: Retire) -> Seen:
    place.mkdir()
    place.chmod(0o755)
    async with asyncio.timeout(LONGEST_SECONDS), _scene(probe, place, sandbox) as scene:
        return await _examine(scene, retire)


@asynccontextmanager
async def _scene(probe: Probe, folder: Path, sandbox: Sandbox) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        canaries = Canaries(folder.parents[1].name, folder.parent.name, folder, sandbox.owner())
        stack.enter_context(canaries.put_up())
        model, neighbours_model = [
            await stack.enter_async_context(FakeUpstream()) for _ in range(2)
        ]
        budget = Budget(tokens=probe.tokens, calls=probe.calls)
        gateway = await stack.enter_async_context(_gateway(model, budget))
        neighbour = await stack.enter_async_context(_gateway(neighbours_model, Budget(10_000, 10)))
        await _move_in(neighbour, canaries, folder / "neighbour")
        yield Scene(
            probe=probe,
            folder=folder,
            canaries=canaries,
            sandbox=sandbox,
            upstream=model,
            gateway=gateway,
            budget=budget,
            neighbour=neighbour,
            neighbours_model=neighbours_model,
            facts={
                **canaries.facts(),
                "own_folder": str(folder / "project"),
                "neighbour": str(folder / "neighbour"),
                "neighbours_key": neighbour.api_key,  # as if it had got out
                "upstream_port": model.port,
            },
            log=HeadTail(probe.limits.log_bytes),
        )


async def _move_in(neighbour: Gateway, canaries: Canaries, folder: Path) -> None:
    """Another run of the same user beside it, with a secret of its own."""
    folder.mkdir()
    (folder / "secret").write_text(canaries.secret)
    await neighbour.serve(folder / "gateway.sock", canaries.owner)


def _gateway(model: FakeUpstream, budget: Budget) -> Gateway:
    upstream = Upstream(base_url=model.base_url, model=MODEL, api_key=MODEL_SERVERS_KEY)
    key = f"run-{secrets.token_urlsafe(18)}"
    return Gateway(upstream=upstream, model=MODEL, budget=budget, api_key=key)


async def _examine(scene: Scene, retire: Retire) -> Seen:
    _furnish(scene)
    before = _contents(scene.project)
    watch = scene.watch
    with _running(watch.keep_looking() if scene.probe.watched else None):
        failure = await _run(scene)
    changes = [failure] if failure else []
    await retire(scene.sandbox)
    changes += [f"process {pid} outlived its run" for pid in watch.pids()]
    await scene.gateway.close()
    if f"began {scene.canaries.token}" not in scene.log.head:
        changes.append(f"the program never came to its attempt: {scene.log.tail or scene.log.head}")
    if _contents(scene.project) != before:
        changes.append("the project's folder was changed")
    changes += [*scene.canaries.changes(), *_told(scene), *_wrong_count(scene)]
    if scene.neighbours_model.requests or scene.neighbour.ledger.entries:
        changes.append("the gateway of another run was used")
    return _seen(scene, watch, changes)


def _seen(scene: Scene, watch: Watch, changes: list[str]) -> Seen:
    return Seen(
        facts=scene.facts,
        outcomes=sorted(scene.outcomes, key=lambda outcome: int(outcome.key.split("-")[1])),
        log=scene.log.head + scene.log.tail,
        log_bytes=scene.log.total,
        ledger=[entry.call for entry in scene.gateway.ledger.entries],
        asked=scene.upstream.requests,
        spent=(scene.budget.used_tokens, scene.budget.used_calls),
        looks=watch.looks,
        changes=changes,
    )


async def _run(scene: Scene) -> str:
    """Drive the run to its end; why the platform failed, "" if it did not."""
    probe = scene.probe
    socket = scene.folder / "gateway.sock"
    beside = probe.meanwhile(scene) if probe.meanwhile else None
    outcomes = run_project(
        _stored(scene),
        [Task(f"t-{number}", scene.facts, None, "exact") for number in range(probe.tasks)],
        _policy(probe),
        gateway=scene.gateway,
        sandbox=scene.sandbox,
        gateway_socket=socket,
        on_log=scene.log.write,
    )
    with _running(beside):
        try:
            async with aclosing(outcomes):
                async for outcome in outcomes:
                    scene.outcomes.append(outcome)
        except ProjectFailed as error:
            return f"the project could not start: {error.reason}"
        except Exception as error:  # whatever a project makes the platform raise is a finding
            return f"the platform failed: {type(error).__name__}: {error}"
    return ""


def _stored(scene: Scene) -> StoredProject:
    # The token and the mark on the command line tell the host whose process it is.
    marks = (scene.canaries.token, scene.canaries.mark)
    options = () if scene.probe.warm else ("-S", "-B")
    command = ("python", *options, "main.py", scene.probe.module, *marks)
    section = ProgramSection(command=command, concurrency=scene.probe.concurrency)
    manifest = Manifest("Probe", ProjectKind.PROGRAM, MODEL, program=section)
    return StoredProject(manifest, scene.project)


def _policy(probe: Probe) -> Policy:
    return Policy(
        model=MODEL,
        limits=probe.limits,
        task_seconds=probe.task_seconds,
        token_budget=probe.tokens,
        call_budget=probe.calls,
        max_restarts=probe.max_restarts,
    )


def _furnish(scene: Scene) -> None:
    """The project's folder: the probe, and what it needs of this package."""
    relative = Path(*scene.probe.module.split(".")).with_suffix(".py")
    shared = [Path("tests/probes", name) for name in ("inside.py", "calls.py", "seen.py")]
    needed = [relative, *shared]
    packages = {parent for each in needed for parent in each.parents if parent != Path(".")}
    for each in [*needed, *(package / "__init__.py" for package in packages)]:
        target = scene.project / each
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TESTS.parent / each, target)
    (scene.project / "main.py").write_text(MAIN)
    if scene.probe.furnish is not None:
        scene.probe.furnish(scene.project, scene.facts)


def _contents(folder: Path) -> Mapping[str, tuple[int, int, int]]:
    """Every file's mode, size and time of change, by path."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


def _told(scene: Scene) -> Iterator[str]:
    """Secrets in what the platform would keep or had asked of the model."""
    kept = repr((scene.outcomes, scene.log.head, scene.log.tail, scene.upstream.requests))
    known = {"host's file": scene.canaries.secret, "model server's key": MODEL_SERVERS_KEY}
    if VARIABLE in os.environ:
        known["worker's variable"] = os.environ[VARIABLE]
    yield from (f"the {name} got out" for name, secret in known.items() if secret in kept)


def _wrong_count(scene: Scene) -> Iterator[str]:
    keys = sorted(outcome.key for outcome in scene.outcomes)
    if keys != sorted(f"t-{number}" for number in range(scene.probe.tasks)):
        yield f"{len(keys)} outcomes for {scene.probe.tasks} tasks"


@contextmanager
def _running(work: Any) -> Iterator[None]:
    """Have a coroutine run beside; None: nothing."""
    task = asyncio.ensure_future(work) if work is not None else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
