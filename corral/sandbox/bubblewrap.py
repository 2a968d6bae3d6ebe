"""The sandbox by bubblewrap: no daemon, no image, no privilege."""

import os
import platform
import subprocess
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox import arguments, seccomp
from corral.sandbox.arguments import Room
from corral.sandbox.base import Launch
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.interpreter import describe_interpreter
from corral.sandbox.limits import Limits
from corral.sandbox.process import BubblewrapProcess
from corral.sandbox.reach import barrier
from corral.sandbox.slots import Slot, reserve_slot, slots_folder
from corral.sandbox.spawn import spawn
from corral.sandbox.starting import Plan, memory_file, start_planned
from corral.sandbox.toolkit import ensure_toolkit

PROBE_SECONDS = 30.0


class BubblewrapSandbox:
    """Starts projects under bwrap; honours `corral.sandbox.base.Sandbox`.

    `state` is the platform's folder for what outlives a process; `slot` is the number from which
    on a uid is looked for that no other worker of the machine has. With `degraded`, rlimits stand
    in for cgroups that cannot be had. Use it from the event loop's thread: sandboxes die with the
    thread that started them.
    """

    def __init__(
        self,
        *,
        state: Path,
        interpreter: Path,
        base_environment: Path | None,
        slot: int,
        degraded: bool,
    ) -> None:
        self._state = state.absolute()
        self._interpreter = interpreter
        self._base_environment = base_environment
        self._wanted_slot = slot
        self._degraded = degraded
        self._reserved: Slot | None = None
        self._swept: Slot | None = None
        self._cgroups: Cgroups | None = None
        self._room: Room | None = None

    @property
    def name(self) -> str:
        return "bubblewrap"

    def owner(self) -> int | None:
        """The dropped uid that this worker's sandboxes run under; None for an ordinary user.

        Raises:
            SandboxUnavailable: no uid is free.
        """
        return self._slot().uid

    def lacks(self) -> list[str]:
        """What this machine lacks; named even where `degraded` lets rlimits stand in for it."""
        try:
            room, uid = self._prepared_room(), self.owner()
        except SandboxUnavailable as error:
            return [str(error)]
        unreachable = self._unreachable(room, uid)
        if unreachable:
            return [*unreachable, *self._weaknesses()]
        return [*self._weaknesses(), *_refusal(self._plan(room, []), room)]

    async def start(self, launch: Launch) -> BubblewrapProcess:
        """Start a project.

        Raises:
            SandboxUnavailable: the platform could not start it as the limits demand.
        """
        room, slot = self._prepared_room(), self._slot()
        problems = [*self._unreachable(room, slot.uid, launch.project, launch.gateway_socket)]
        if not self._degraded:
            problems += self._weaknesses()
        if problems:
            raise SandboxUnavailable(" ".join(problems))
        await self._sweep(slot)
        return await self._start(room, slot, launch)

    async def _start(self, room: Room, slot: Slot, launch: Launch) -> BubblewrapProcess:
        cgroups = self._usable_cgroups()
        by_rlimit = "memory" not in cgroups.places
        orders = arguments.orders(launch, memory_by_rlimit=by_rlimit)
        plan = self._plan(room, arguments.whole(room, launch))
        cgroup = cgroups.create(slot, launch.limits)
        try:
            return await start_planned(plan, orders, cgroup)
        except BaseException:
            await cgroup.destroy()
            raise

    def _plan(self, room: Room, options: list[str]) -> Plan:
        machine = platform.machine()
        return Plan(
            bwrap=room.toolkit.bwrap,
            options=options,
            command=arguments.process_1(room.interpreter),
            seccomp=seccomp.deny_list(machine) if seccomp.supported() else None,
            uid=self.owner(),
        )

    def _prepared_room(self) -> Room:
        """What all sandboxes share, made once.

        Raises:
            SandboxUnavailable: bwrap or the interpreter is missing.
        """
        if self._room is None:
            interpreter = describe_interpreter(self._interpreter)
            toolkit = ensure_toolkit(self._state, interpreter)
            self._room = Room(toolkit, interpreter, self._base_environment)
        return self._room

    def _slot(self) -> Slot:
        """This process's own slot: a process forked from one that has a slot needs another."""
        if self._reserved is None or not self._reserved.mine:
            self._reserved = reserve_slot(slots_folder(self._state), self._wanted_slot)
        return self._reserved

    def _usable_cgroups(self) -> Cgroups:
        if self._cgroups is None:
            self._cgroups = Cgroups.of_this_machine(slots_folder(self._state))
        return self._cgroups

    async def _sweep(self, slot: Slot) -> None:
        """Once for each reservation, remove what dead workers left."""
        if self._swept is not slot:
            self._swept = slot
            await self._usable_cgroups().remove_abandoned(slot)

    def _weaknesses(self) -> list[str]:
        """What is missing but could be done without."""
        unknown = f"No seccomp filter is known for {platform.machine()}."
        return [*self._usable_cgroups().lacks(), *([] if seccomp.supported() else [unknown])]

    def _unreachable(self, room: Room, uid: int | None, *more: Path) -> list[str]:
        """A sentence for each path that the sandbox cannot reach, naming what is in the way."""
        wanted = [room.toolkit.library, room.interpreter.executable, *more]
        if room.base_environment is not None:
            wanted.append(room.base_environment)
        found = ((path, barrier(path, uid)) for path in wanted)
        return [_blocked(path, stop, uid) for path, stop in found if stop is not None]


def _blocked(path: Path, stop: Path, uid: int | None) -> str:
    if not stop.exists():
        return f"{path} is missing."
    who = "the sandbox" if uid is None else f"the sandbox's uid {uid}"
    return f"{path} cannot be reached by {who}: {stop} is closed to it."


def _refusal(plan: Plan, room: Room) -> list[str]:
    """Really start an empty sandbox: a sentence with what bwrap says if the machine refuses."""
    options = [*arguments.namespaces(), *arguments.mounts(room, Limits()), "--remount-ro", "/"]
    python = str(room.interpreter.executable)
    keep = [memory_file(plan.seccomp)] if plan.seccomp is not None else []
    options += [each for fd in keep for each in ("--seccomp", str(fd))]
    command = [str(plan.bwrap), *options, "--", python, "-I", "-S", "-c", "pass"]
    try:
        child = spawn(command, uid=plan.uid, doors=(), keep=keep)
        with child:
            _, said = child.communicate(timeout=PROBE_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        return [f"bwrap cannot be started: {error}."]
    finally:
        for descriptor in keep:
            os.close(descriptor)
    if child.returncode == 0:
        return []
    reason = said.decode(errors="replace").strip().replace("\n", "; ")
    return [f"This machine does not let bwrap make a sandbox: {reason}"]
