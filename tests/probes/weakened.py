"""Runtimes with one protection taken away, for the test of the test.

This is the only file of the probes that knows the insides of the runtimes: it changes what a
sandbox is told from here, in this process alone, so that the product needs no switch for it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from corral.sandbox import arguments, seccomp, spawn
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.cgroups import Cgroups
from tests.probes.probe import Protection

LET_EVERYTHING_PASS = b"\x06\x00\x00\x00\x00\x00\xff\x7f"  # one BPF step: return ALLOW


@contextmanager
def weakened(protection: Protection | None) -> Iterator[None]:
    """While it lasts, every sandbox that is started lacks the protection; None: lacks nothing."""
    with ExitStack() as stack:
        for target, name, value in _CHANGES[protection]() if protection else ():
            stack.enter_context(patch.object(target, name, value))
        yield


Change = tuple[Any, str, Any]  # the attribute of a module or class, and what it is instead


def _without_network() -> list[Change]:
    options = [each for each in arguments.namespaces() if each != "--unshare-net"]
    return [(arguments, "namespaces", lambda: list(options))]


def _without_uid() -> list[Change]:
    """The worker's own user, with every capability that a user namespace can give."""
    options = [*arguments.namespaces(), "--cap-add", "ALL"]
    plan = BubblewrapSandbox._plan

    def as_worker(*given: Any) -> Any:
        return replace(plan(*given), uid=None)

    return [
        (arguments, "namespaces", lambda: list(options)),
        (BubblewrapSandbox, "_plan", as_worker),
        (spawn, "Entry", _EntryThatStays),
    ]


class _EntryThatStays(spawn.Entry):
    """Joins the cgroups and stays who it is, root or not."""

    __slots__ = ()

    def __call__(self) -> None:
        for door in self.doors:
            os.write(door, b"0")


def _without_seccomp() -> list[Change]:
    return [(seccomp, "deny_list", lambda _machine: LET_EVERYTHING_PASS)]


def _without_limits() -> list[Change]:
    no_cgroups: Callable[..., Cgroups] = lambda _slots: Cgroups({})  # noqa: E731
    return [
        (Cgroups, "of_this_machine", no_cgroups),
        (Cgroups, "lacks", lambda _: []),
        (arguments, "resource_limits", lambda *_, **__: {}),
    ]


_CHANGES: dict[Protection, Callable[[], list[Change]]] = {
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
