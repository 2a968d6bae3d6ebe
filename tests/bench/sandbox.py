"""What a sandbox costs, beside the bare process, `docker run` and `isolate`, measured in turn.

A start is measured twice: until the program has ended and nothing of it is left, and, where it is
Python, until its first byte arrives. Every protection is on.
"""

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from corral.sandbox.base import Launch, Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.environment import ensure_base_environment
from tests.bench.measure import Figure, report, show, shown, spread, turns
from tests.bench.starts import Peer, Start, Times, bare, docker_run, isolated, times

PYTHON = Path("/usr/bin/python3")
LOCK = Path(__file__).resolve().parents[2] / "requirements-sandbox.txt"
ROUNDS, SLOW_ROUNDS = 60, 12
SAY = "print(1, flush=True)\n"
SCRIPTS = {"plain.py": SAY, "client.py": "import openai\n" + SAY}


@dataclass(slots=True)
class Samples:
    """What one peer showed."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


class Served:
    """A listener that nobody asks anything."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener

    async def close(self) -> None:
        self._listener.close()


class Door:
    """A gateway for programs that ask no model; honours `corral.sandbox.base.Door`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "gateway.sock"

    async def open_socket(self, owner: int | None) -> Path:
        if not self._path.exists():
            await asyncio.start_unix_server(lambda _, writer: writer.close(), self._path)
            os.chown(self._path, -1 if owner is None else owner, -1)
        return self._path

    async def serve_on(self, listener: socket.socket) -> Served:
        return Served(listener)


@dataclass(frozen=True, slots=True)
class Bench:
    """A project, and a runtime to start it in."""

    project: Path
    door: Door
    sandbox: Sandbox

    def starts(self, *command: str, preload: tuple[str, ...] = ()) -> Start:
        """Starts of a command in the runtime."""
        launch = Launch(self.project, command, self.door, preload=preload)

        async def start() -> Times:
            began = time.perf_counter()
            process = await self.sandbox.start(launch)
            await process.stdout.read(1)
            first = time.perf_counter()
            await process.wait()
            return times(began, first)

        return start


async def measured(peers: Mapping[str, Peer], rounds: int) -> dict[str, Samples]:
    """All peers in turn; the first round only warms caches."""
    samples = {name: Samples() for name in peers}
    for name in peers:
        await peers[name].start()
    for name in turns(list(peers), rounds):
        await asyncio.sleep(peers[name].pause)
        times = await peers[name].start()
        samples[name].first.append(times.first)
        samples[name].whole.append(times.whole)
    return samples


TRUE, BARE_TRUE = "cold: true", "bare: true"
COLD, READY, BARE = "cold: python", "ready: python", "bare: python"
COLD_OPENAI = "cold: import openai"
READY_OPENAI = "ready: import openai"
BARE_OPENAI = "bare: import openai"
DOCKER = "docker run true"


def quick_peers(bench: Bench) -> dict[str, Peer]:
    """Those that start within milliseconds."""
    python = str(PYTHON)
    return {
        BARE_TRUE: Peer(bare("/bin/true")),
        TRUE: Peer(bench.starts("true"), pause=0.05),
        BARE: Peer(bare(python, "-S", str(bench.project / "plain.py"))),
        COLD: Peer(bench.starts("python", "-S", "plain.py"), pause=0.05),
    }


def slow_peers(bench: Bench, environment: Path) -> dict[str, Peer]:
    """Those that import openai, or are started by others."""
    variables = {"PYTHONPATH": str(environment)}
    script = str(bench.project / "client.py")
    return {
        BARE_OPENAI: Peer(bare(str(PYTHON), script, environment=variables)),
        COLD_OPENAI: Peer(bench.starts("python", "-u", "client.py")),
        **docker_run(),
        **isolated(),
    }


async def measured_all(bench: Bench, environment: Path) -> dict[str, Samples]:
    """Every peer; those that stand ready by themselves, since any other start would clear them."""
    samples = await measured(quick_peers(bench), ROUNDS)
    samples |= await measured({READY: Peer(bench.starts("python", "plain.py"), 0.2)}, ROUNDS)
    samples |= await measured(slow_peers(bench, environment), SLOW_ROUNDS)
    ready = bench.starts("python", "client.py", preload=("openai",))
    samples |= await measured({READY_OPENAI: Peer(ready, 2.5)}, SLOW_ROUNDS)
    return samples


def figures_of(samples: Mapping[str, Samples]) -> dict[str, Figure]:
    """What is promised, and what it is compared with."""
    whole = {name: spread(each.whole).median for name, each in samples.items()}
    first = {name: spread(each.first).median for name, each in samples.items()}
    counted = f"medians of {ROUNDS} starts each, in turn; until nothing of it is left"
    early = "median, from the order to start until the program's first byte; it stood ready"
    cold = whole[TRUE] - whole[BARE_TRUE]
    ratio = whole[DOCKER] / whole[TRUE] if DOCKER in whole else None
    return {
        "cold_over_bare_ms": Figure(round(cold, 2), "ms", counted, goal=10.0),
        "cold_python_over_bare_ms": Figure(round(whole[COLD] - whole[BARE], 2), "ms", counted),
        "pool_start_ms": Figure(round(first[READY], 2), "ms", early, goal=5.0),
        "pool_start_openai_ms": Figure(round(first[READY_OPENAI], 2), "ms", early),
        "cold_openai_ms": Figure(
            round(first[COLD_OPENAI], 1), "ms", "median, until the first byte"
        ),
        "docker_over_cold_ratio": Figure(
            ratio and round(ratio, 1),
            "times",
            f"medians of whole starts of true: {SLOW_ROUNDS} of `docker run`, {ROUNDS} of ours",
            goal=20.0,
            at_least=True,
        ),
    }


@asynccontextmanager
async def bench_at(folder: Path, environment: Path) -> AsyncIterator[Bench]:
    """A bench whose project every uid can reach."""
    project = folder / "project"
    project.mkdir(mode=0o755)
    for name, source in SCRIPTS.items():
        (project / name).write_text(source)
    sandbox = BubblewrapSandbox(
        state=folder / "state",
        interpreter=PYTHON,
        base_environment=environment,
        slot=400,
        degraded=bool(os.environ.get("SANDBOX_DEGRADED")),
    )
    yield Bench(project, Door(folder), sandbox)


async def run() -> dict[str, Samples]:
    with tempfile.TemporaryDirectory(prefix="corral-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        environment = ensure_base_environment(folder / "state", PYTHON, LOCK)
        async with bench_at(folder, environment) as bench:
            return await measured_all(bench, environment)


def row(name: str, samples: Samples) -> list[str]:
    """A line of the table of all that was seen."""
    first, whole = spread(samples.first), spread(samples.whole)
    return [name, *map(shown, (first.count, first.median, first.p95, whole.median, whole.p95))]


def main() -> None:
    """Measure, print, write."""
    samples = asyncio.run(run())  # as a worker does
    columns = ("start", "starts", "first byte ms", "p95", "whole ms", "p95")
    show("Starts", columns, [row(name, one) for name, one in samples.items()])
    if DOCKER not in samples:
        print("No Docker engine answers here, so nothing is compared with it.", file=sys.stderr)
    seen = {
        name: {"first_ms": asdict(spread(one.first)), "whole_ms": asdict(spread(one.whole))}
        for name, one in samples.items()
    }
    report("bench-sandbox", figures_of(samples), {"seen": seen})


if __name__ == "__main__":
    main()
