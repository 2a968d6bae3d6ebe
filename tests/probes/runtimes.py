"""The sandbox runtimes that probes are run through: the one place to add another."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.docker import SHARE_LABEL, SLOT_LABEL, DockerSandbox
from corral.sandbox.engine import Engine
from tests.probes.probe import Probe
from tests.probes.weakened import groups_of, lacking_cgroups, own_kernel, retire, share_of

FIRST_SLOT = 700
DOCKER_HOST = "unix:///var/run/docker.sock"
NO_LIMIT_OF_PROCESSES = "gVisor counts no processes, memory bounds them"
OF_ANOTHER_KERNEL: Mapping[str, str] = {
    "limits/thread_bomb": NO_LIMIT_OF_PROCESSES,
    "processes/zombies": NO_LIMIT_OF_PROCESSES,
    "processes/priorities": "a priority is granted only inside gVisor's own kernel",
}


@dataclass(frozen=True, slots=True)
class Runtime:
    """A sandbox for each lane of probes.

    `lacking` are cgroup controllers that can't be had here. `groups` lists the control groups of
    its sandboxes, `retire` has one let go of what it holds ready for the next. `weaker` says of
    probes by name why the runtime itself holds them less: a sentence each, for those who choose it.
    """

    name: str
    lanes: tuple[Sandbox, ...]
    lacking: frozenset[str]
    groups: Callable[[], set[str]]
    retire: Callable[[Sandbox], Awaitable[None]]
    weaker: Mapping[str, str] = field(default_factory=dict)

    def weakness(self, probe: Probe) -> str | None:
        """Why the probe may not be contained here; None: it must be."""
        if probe.needs in self.lacking:
            return f"no cgroup limits {probe.needs}, only rlimits do, for each process"
        return self.weaker.get(probe.name)


def bubblewrap(state: Path, python: Path, lanes: int, degraded: bool) -> Runtime:
    """Bubblewrap, each lane with a user of its own.

    Raises:
        SandboxUnavailable: this machine lacks something, and `degraded` does not accept it.
    """
    sandboxes = [
        BubblewrapSandbox(
            state=state,
            interpreter=python,
            base_environment=None,
            slot=FIRST_SLOT + number,
            degraded=degraded,
        )
        for number in range(lanes)
    ]
    lacks = sandboxes[0].lacks()
    if lacks and not degraded:
        raise SandboxUnavailable(" ".join([*lacks, "SANDBOX_DEGRADED=1 accepts that."]))
    return Runtime(
        "bubblewrap",
        tuple(sandboxes),
        lacking_cgroups(sandboxes[0]),
        groups=lambda: set().union(*map(groups_of, sandboxes)),
        retire=retire,
    )


def docker(state: Path, python: Path, lanes: int, degraded: bool) -> Runtime:
    """Containers of the engine that answers here, each lane with a user of its own.

    Nothing of it is ever degraded.

    Raises:
        SandboxUnavailable: the engine or this machine lacks something.
    """
    sandboxes = [
        DockerSandbox(
            state=state,
            interpreter=python,
            base_environment=None,
            slot=FIRST_SLOT + number,
            socket=engine_socket(),
            runtime=os.environ.get("SANDBOX_DOCKER_RUNTIME") or None,
        )
        for number in range(lanes)
    ]
    if lacks := [sentence for sandbox in sandboxes for sentence in sandbox.lacks()]:
        raise SandboxUnavailable(" ".join(lacks))
    return Runtime(
        sandboxes[0].name,
        tuple(sandboxes),
        frozenset(),
        groups=lambda: set().union(*map(containers_of, sandboxes)),
        retire=_nothing_stands_ready,
        weaker=OF_ANOTHER_KERNEL if own_kernel(sandboxes[0]) else {},
    )


def engine_socket() -> Path:
    """Where an engine might listen; as the platform's settings say it."""
    return Path((os.environ.get("DOCKER_HOST") or DOCKER_HOST).removeprefix("unix://"))


def containers_of(sandbox: DockerSandbox) -> set[str]:
    """The containers that the engine has for the sandboxes of this one."""
    share, number = share_of(sandbox)
    asked = Engine(engine_socket()).labels(f"{SHARE_LABEL}={share}")
    # A thread, because there is an event loop in this one, which may not be waited in.
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(asyncio.run, asked).result()
    return {f"container {name}" for name, labels in found if labels[SLOT_LABEL] == str(number)}


async def _nothing_stands_ready(_: Sandbox) -> None:
    """Every container is made when it is wanted."""


RUNTIMES: Mapping[str, Callable[[Path, Path, int, bool], Runtime]] = {
    "bubblewrap": bubblewrap,
    "docker": docker,
}


def answering() -> list[str]:
    """The names of those that this machine has."""
    return ["bubblewrap", *(["docker"] if _engine_answers() else [])]


def _engine_answers() -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(engine_socket()))
        except OSError:
            return False
    return True
