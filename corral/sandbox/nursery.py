"""Sandboxes of one worker: started when they are wanted, or standing ready for what comes next.

The slow parts are done ahead: a stall that has joined its cgroups always waits, and after a Python
program was started a sandbox like its own is made, with an interpreter that waits in it. Each is
used once.
"""

import asyncio
import contextlib
import json
import logging
import os
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from corral.certain import finish_for_certain
from corral.errors import SandboxUnavailable
from corral.sandbox import arguments
from corral.sandbox.arguments import Room
from corral.sandbox.base import Launch
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.limits import Limits
from corral.sandbox.process import BubblewrapProcess
from corral.sandbox.rooms import Rooms, clear, furnish
from corral.sandbox.slots import Slot
from corral.sandbox.stalls import Spawner, Stall, StallDied
from corral.sandbox.starting import Pending, Plan, begin

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.02  # so long what was just started has the machine to itself
PIPE_BYTES = 4096  # what every pipe takes at once: pipe(7)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a sandbox that stands ready is good for."""

    limits: Limits
    preload: tuple[str, ...]
    packages: Path | None

    @classmethod
    def of(cls, launch: Launch) -> "Kind | None":
        """The kind that a launch could use; None: its command is no Python script."""
        interpreter, *arguments_ = launch.command
        script = arguments_ and not arguments_[0].startswith("-")
        is_python = interpreter in ("python", "python3")
        kind = cls(launch.limits, launch.preload, launch.packages)
        return kind if is_python and script else None


@dataclass(frozen=True, slots=True)
class Ready:
    """A sandbox in which an interpreter waits, with an empty room under /project."""

    kind: Kind
    pending: Pending
    room: Path


@dataclass(frozen=True, slots=True)
class Ground:
    """What all sandboxes of this process stand on."""

    room: Room
    slot: Slot
    cgroups: Cgroups
    rooms: Rooms
    seccomp: bytes | None

    def plan(self, options: list[str], command: tuple[str, ...], limits: Limits) -> Plan:
        """How to start one."""
        by_rlimit = "memory" not in self.cgroups.places
        return Plan(
            bwrap=self.room.toolkit.bwrap,
            options=options,
            command=command,
            limits=arguments.resource_limits(limits, memory_by_rlimit=by_rlimit),
            seccomp=self.seccomp,
            uid=self.slot.uid,
        )


class Nursery:
    """Starts sandboxes; for one process, and for event loops one after another."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._spawner: Spawner | None = None
        self._stalls: list[Stall] = []  # at most one, which waits for its request
        self._ready: list[Ready] = []  # at most one
        self._preparing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()  # the next start is here
        self._can_furnish = True  # until the file system says that it can't
        weakref.finalize(self, _let_all_go, os.getpid(), self._stalls, self._ready)

    @property
    def slot(self) -> Slot:
        """Whose it is."""
        return self._ground.slot

    async def start(self, launch: Launch) -> BubblewrapProcess:
        """Start a project, in a sandbox that stands ready if there is one that fits.

        Raises:
            SandboxUnavailable: it could not be started as the limits demand.
        """
        kind = Kind.of(launch)
        if self._preparing is not None and not self._preparing.done():
            self._hurry.set()
            await asyncio.wait({self._preparing})
        process = await self._woken(kind, launch) or await self._begun(launch)
        self._hurry = asyncio.Event()
        self._preparing = asyncio.ensure_future(self._prepare(kind, self._hurry))
        return process

    async def _woken(self, kind: Kind | None, launch: Launch) -> BubblewrapProcess | None:
        """A process in the sandbox that stands ready; None: there is none that fits, or works."""
        if not self._ready or self._ready[0].kind != kind:
            return None
        orders = _orders(launch)
        if len(orders) > PIPE_BYTES:
            return None
        ready = self._ready.pop()
        try:
            furnish(ready.room, launch.project)
            return await ready.pending.up(launch.door, orders)
        except OSError as error:
            log.warning("No sandbox will stand ready: a room could not be furnished: %s", error)
            self._can_furnish = False
            await finish_for_certain(ready.pending.down())
        except SandboxUnavailable as error:
            log.warning("A sandbox that stood ready was none: %s", error)
        return None

    async def _begun(self, launch: Launch) -> BubblewrapProcess:
        ground = self._ground
        given = arguments.variables(launch)
        options = arguments.whole(ground.room, launch.limits, given, launch.packages)
        options += arguments.project(launch.project)
        plan = ground.plan(options, arguments.wrapped(launch.command), launch.limits)
        pending = await self._pending(plan, launch.limits)
        try:
            return await pending.up(launch.door)
        except StallDied as error:
            log.warning("A stall died while it waited: %s", error)
        pending = await self._asked(self._new_stall(), plan, launch.limits, lambda: None)
        return await pending.up(launch.door)

    async def _pending(
        self, plan: Plan, limits: Limits, forget: Callable[[], None] = lambda: None
    ) -> Pending:
        """A sandbox on its way, in the stall that waits or in a new one."""
        if self._stalls:
            try:
                return await self._asked(self._stalls.pop(), plan, limits, forget)
            except SandboxUnavailable as error:
                log.warning("A stall died while it waited: %s", error)
        return await self._asked(self._new_stall(), plan, limits, forget)

    async def _asked(
        self, stall: Stall, plan: Plan, limits: Limits, forget: Callable[[], None]
    ) -> Pending:
        try:
            stall.cgroup.limit(limits)
            return begin(stall, plan, forget)
        except (OSError, SandboxUnavailable) as error:
            await finish_for_certain(stall.close())
            raise SandboxUnavailable(f"The sandbox could not be started: {error}") from error

    def _new_stall(self) -> Stall:
        cgroup = self._ground.cgroups.create(self._ground.slot)
        try:
            if self._spawner is None or not self._spawner.alive:
                self._spawner = Spawner()
            return self._spawner.make_stall(cgroup)
        except OSError as error:
            cgroup.destroy_now()
            raise SandboxUnavailable(f"The spawner cannot be started: {error}.") from error

    async def _prepare(self, kind: Kind | None, hurry: asyncio.Event) -> None:
        """Make ready what the next start will want; that it can't be done is no failure of this."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await hurry.wait()
        try:
            if kind is not None and self._can_furnish:
                await self._warm_up(kind)
            if not self._stalls:
                self._stalls.append(self._new_stall())
        except (OSError, SandboxUnavailable) as error:
            log.warning("No sandbox stands ready: %s", error)

    async def _warm_up(self, kind: Kind) -> None:
        """Have one stand ready, and no other."""
        while self._ready and self._ready[0].kind != kind:
            await finish_for_certain(self._ready.pop().pending.down())
        if self._ready:
            return
        ground, room = self._ground, self._ground.rooms.make()
        before = arguments.BEFOREHAND
        options = arguments.whole(ground.room, kind.limits, before, kind.packages)
        options += arguments.project(room)
        plan = ground.plan(options, arguments.waiting(kind.preload), kind.limits)
        plan = replace(plan, takes_orders=True)
        try:
            pending = await self._pending(plan, kind.limits, partial(clear, room))
        except BaseException:
            clear(room)
            raise
        self._ready.append(Ready(kind, pending, room))


def _orders(launch: Launch) -> bytes:
    """What `warm.py` reads."""
    said = {"argv": launch.command[1:], "environment": {**arguments.variables(launch)}}
    return json.dumps(said).encode()


def _let_all_go(process: int, stalls: list[Stall], ready: list[Ready]) -> None:
    """The process ends, or needs no sandboxes any more; one forked from it never had them."""
    if process != os.getpid():
        return
    for each in ready:
        each.pending.abandon()
    for stall in stalls:
        stall.abandon()
