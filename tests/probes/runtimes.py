"""The sandbox runtimes that probes are run through: the one place to add another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from tests.probes.weakened import groups_of, lacking_cgroups

FIRST_SLOT = 700


@dataclass(frozen=True, slots=True)
class Runtime:
    """A sandbox for each lane of probes. `lacking` are cgroup controllers that can't be had."""

    name: str
    lanes: tuple[Sandbox, ...]
    lacking: frozenset[str]
    groups: Callable[[], set[str]]


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
        lambda: set().union(*map(groups_of, sandboxes)),
    )


RUNTIMES: Mapping[str, Callable[[Path, Path, int, bool], Runtime]] = {"bubblewrap": bubblewrap}
