"""One hostile program or archive, as its file under `attacks/` declares it.

A file says in its docstring what is tried, in HELD_BY which protections hold it, and has either
`attempt(facts)`, which runs in the sandbox and says what it achieved, or `archive()`, the bytes of
what is handed in. `contained(seen)` is the criterion where "it was refused" is not enough.
"""

import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from corral.sandbox.limits import MIB, Limits
from tests.probes.seen import Seen, was_refused

if TYPE_CHECKING:
    from tests.probes.bench import Scene

ATTACKS = Path(__file__).parent / "attacks"
SMALL = Limits(
    memory_bytes=128 * MIB,
    pids=32,
    open_files=128,
    scratch_bytes=16 * MIB,
    wall_seconds=40.0,
    cpu_seconds=20,
    answer_bytes=64 * 1024,
    output_bytes=MIB,
    log_bytes=16 * 1024,
)


class Protection(StrEnum):
    """What stands between a project and everything else; docs/security.md says more of each."""

    NETWORK = "network"  # a network namespace with nothing in it but the gateway
    UID = "uid"  # an unprivileged user of the worker's own, without capabilities
    SECCOMP = "seccomp"  # the filter of system calls
    LIMITS = "limits"  # cgroups and rlimits
    MOUNTS = "mounts"  # its own view of the file system, read-only but for a sized scratch
    PROCESSES = "processes"  # a process namespace that ends with the run
    LAUNCH = "launch"  # an empty environment and no inherited descriptors
    RUNNER = "runner"  # time, output and log limits, and who may answer what
    GATEWAY = "gateway"  # allow-list, key, budget, ledger
    ENVIRONMENTS = "environments"  # requirements written anew, wheels only, mounted read-only
    ARCHIVE = "archive"  # looked through whole before a byte is unpacked


@dataclass(frozen=True, slots=True)
class Probe:
    """`needs` names the cgroup controller without which rlimits hold less; "" for none.

    `furnish` adds files to the project's folder, `meanwhile` acts on the host while the program
    runs, `watched` has its processes looked at from outside, `warm` has it run in a sandbox that
    was started ahead, where the runtime does that.
    """

    name: str
    tries: str
    held_by: frozenset[Protection]
    module: str
    archive: Callable[[], bytes] | None = None
    contained: Callable[[Seen], bool] = was_refused
    furnish: Callable[[Path, Mapping[str, Any]], None] | None = None
    meanwhile: "Callable[[Scene], Awaitable[None]] | None" = None
    limits: Limits = SMALL
    tasks: int = 1
    concurrency: int = 1
    task_seconds: float = 20.0
    tokens: int = 10_000
    calls: int = 100
    max_restarts: int = 1
    watched: bool = False
    warm: bool = False
    needs: str = ""


def load_probes() -> list[Probe]:
    """Every probe in the tree, by name."""
    return [_load(path) for path in sorted(ATTACKS.glob("*/[a-z]*.py"))]


def _load(path: Path) -> Probe:
    name = f"{path.parent.name}/{path.stem}"
    module = importlib.import_module(f"tests.probes.attacks.{path.parent.name}.{path.stem}")
    assert module.__doc__, f"{name} does not say what it tries"
    given = {each: getattr(module, each) for each in _HOOKS if hasattr(module, each)}
    given |= {low: getattr(module, low.upper()) for low in _VALUES if hasattr(module, low.upper())}
    return Probe(
        name=name,
        tries=module.__doc__.split("\n", 1)[0],
        held_by=frozenset(map(Protection, module.HELD_BY)),
        module=module.__name__,
        limits=_limits(module),
        **given,
    )


_HOOKS = ("archive", "contained", "furnish", "meanwhile")
_VALUES = (
    *("tasks", "concurrency", "task_seconds", "tokens", "calls", "max_restarts"),
    *("watched", "warm", "needs"),
)


def _limits(module: ModuleType) -> Limits:
    changed: Mapping[str, Any] = getattr(module, "LIMITS", {})
    return partial(Limits, **{**_as_arguments(SMALL), **changed})()


def _as_arguments(limits: Limits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in Limits.__dataclass_fields__}
