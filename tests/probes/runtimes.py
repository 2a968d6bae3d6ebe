"""The sandbox runtimes that probes are run through: the one place to add another."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from tests.probes.probe import Probe
from tests.probes.weakened import groups_of, lacking_cgroups, retire

FIRST_SLOT = 700


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


RUNTIMES: Mapping[str, Callable[[Path, Path, int, bool], Runtime]] = {"bubblewrap": bubblewrap}
