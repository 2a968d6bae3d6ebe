"""Runtimes with one protection taken away, for the test of the test.

This is the only file of the probes that knows the insides of the runtimes: it changes what a
sandbox is told from here, in this process alone, so that the product needs no switch for it.
"""

import asyncio
import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from corral.sandbox import arguments, seccomp, spawner
from corral.sandbox.base import Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.docker import DockerSandbox
from corral.sandbox.nursery import Ground
from tests.probes.probe import Protection

WEAKENED = "bubblewrap"  # the runtime that it is done to
LET_EVERYTHING_PASS = b"\x06\x00\x00\x00\x00\x00\xff\x7f"  # one BPF step: return ALLOW


@contextmanager
def weakened(protection: Protection | None) -> Iterator[None]:
    """While it lasts, every sandbox that is started lacks the protection; None: lacks nothing."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="corral-weakened-")))
        for target, name, value in _CHANGES[protection](folder) if protection else ():
            stack.enter_context(patch.object(target, name, value))
        yield


Change = tuple[Any, str, Any]  # the attribute of a module or class, and what it is instead


def _without_network(folder: Path) -> list[Change]:
    """In the host's own network, where the gateway's listener then is made, too."""
    options = [each for each in arguments.namespaces() if each != "--unshare-net"]
    stay = _spawner_without(
        folder,
        "    require(libc.setns(fcntl.ioctl(network, NS_GET_USERNS), CLONE_NEWUSER))\n",
        "    require(libc.setns(network, CLONE_NEWNET))\n",
    )
    return [(arguments, "namespaces", lambda: list(options)), stay]


def _without_uid(folder: Path) -> list[Change]:
    """The worker's own user, with every capability that a user namespace can give."""
    options = [*arguments.namespaces(), "--cap-add", "ALL"]
    plan = Ground.plan

    def as_worker(*given: Any) -> Any:
        return replace(plan(*given), uid=None)

    refusal = '            raise PermissionError("bwrap is never started as root")\n'
    return [
        (arguments, "namespaces", lambda: list(options)),
        (Ground, "plan", as_worker),
        _spawner_without(folder, "        if os.geteuid() == 0:\n" + refusal),
    ]


def _spawner_without(folder: Path, *lines: str) -> Change:
    """The spawner is a program of its own: a copy of it that lacks these lines."""
    source = Path(str(spawner.__file__)).read_text()
    for line in lines:
        assert line in source, f"the spawner has no {line!r}"
        source = source.replace(line, "")
    copy = folder / "spawner.py"
    copy.write_text(source)
    return (spawner, "__file__", str(copy))


def _without_seccomp(_: Path) -> list[Change]:
    return [(seccomp, "deny_list", lambda _machine: LET_EVERYTHING_PASS)]


def _without_limits(_: Path) -> list[Change]:
    return [
        (Cgroups, "of_this_machine", lambda _slots: Cgroups({})),
        (Cgroups, "lacks", lambda _: []),
        (arguments, "resource_limits", lambda *_, **__: {}),
    ]


_CHANGES: dict[Protection, Callable[[Path], list[Change]]] = {
    Protection.NETWORK: _without_network,
    Protection.UID: _without_uid,
    Protection.SECCOMP: _without_seccomp,
    Protection.LIMITS: _without_limits,
}
WEAKENABLE = tuple(_CHANGES)


def lacking_cgroups(sandbox: BubblewrapSandbox) -> frozenset[str]:
    """Controllers that cannot be had on this machine."""
    places = sandbox._usable_cgroups().places
    return frozenset({"memory", "pids"} - places.keys())


def groups_of(sandbox: BubblewrapSandbox) -> set[str]:
    """The control groups that exist for the sandboxes of this one."""
    token = sandbox._slot().token
    folders = {place.folder for place in sandbox._usable_cgroups().places.values()}
    return {str(each) for folder in folders for each in folder.iterdir() if token in each.name}


async def retire(sandbox: Sandbox) -> None:
    """Let go of what stands ready for a next run, as the end of a worker does."""
    assert isinstance(sandbox, BubblewrapSandbox)
    nursery, sandbox._nursery = sandbox._nursery, None
    if nursery is not None and nursery._preparing is not None:
        await asyncio.wait({nursery._preparing})
    del nursery
    gc.collect()


def share_of(sandbox: DockerSandbox) -> tuple[str, int]:
    """By which label its containers are known, and its slot's number; for one that was asked."""
    assert sandbox._ready is not None
    return sandbox._ready.share, sandbox._ready.slot.number


def own_kernel(sandbox: DockerSandbox) -> bool:
    """Whether its containers have a kernel of their own; for one that was asked."""
    assert sandbox._ready is not None
    return sandbox._ready.equipment.own_kernel
