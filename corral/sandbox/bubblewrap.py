"""The sandbox by bubblewrap: no daemon, no image, no privilege."""

import platform
import subprocess
from pathlib import Path
from typing import Any

from corral.errors import SandboxUnavailable
from corral.sandbox import arguments, seccomp
from corral.sandbox.arguments import Room
from corral.sandbox.base import Launch
from corral.sandbox.cgroups import Cgroups
from corral.sandbox.interpreter import describe_interpreter
from corral.sandbox.limits import Limits
from corral.sandbox.nursery import Ground, Nursery
from corral.sandbox.process import BubblewrapProcess
from corral.sandbox.reach import barrier
from corral.sandbox.rooms import Rooms
from corral.sandbox.slots import Slot, reserve_slot, slots_folder
from corral.sandbox.toolkit import ensure_toolkit

PROBE_SECONDS = 30.0


class BubblewrapSandbox:
    """Starts projects under bwrap; honours `corral.sandbox.base.Sandbox`.

    `state` is the platform's folder for what outlives a process; `slot` is the number from which
    on a uid is looked for that no other worker of the machine has. With `degraded`, rlimits stand
    in for cgroups that cannot be had. Use it from one event loop at a time.
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
        self._cgroups: Cgroups | None = None
        self._room: Room | None = None
        self._nursery: Nursery | None = None

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
        return [*self._weaknesses(), *_refusal(room, uid)]

    async def start(self, launch: Launch) -> BubblewrapProcess:
        """Start a project.

        Raises:
            SandboxUnavailable: the platform could not start it as the limits demand.
        """
        room, slot = self._prepared_room(), self._slot()
        nursery = await self._nursery_of(room, slot)
        for folder in (launch.project, launch.packages):
            _insist(_blocked(folder, slot.uid) if folder else [])
        return await nursery.start(launch)

    async def _nursery_of(self, room: Room, slot: Slot) -> Nursery:
        """That of this reservation; for a new one the machine is looked at, and tidied up, first.

        Raises:
            SandboxUnavailable: the machine lacks something that is not accepted.
        """
        if self._nursery is None or self._nursery.slot is not slot:
            _insist(self._unreachable(room, slot.uid))
            _insist([] if self._degraded else self._weaknesses())
            cgroups = self._usable_cgroups()
            rooms = Rooms.of(self._state, slot)
            await cgroups.remove_abandoned(slot)
            rooms.prepare()
            self._nursery = Nursery(Ground(room, slot, cgroups, rooms, _filter()))
        return self._nursery

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

    def _weaknesses(self) -> list[str]:
        """What is missing but could be done without."""
        unknown = f"No seccomp filter is known for {platform.machine()}."
        return [*self._usable_cgroups().lacks(), *([] if seccomp.supported() else [unknown])]

    def _unreachable(self, room: Room, uid: int | None) -> list[str]:
        """A sentence for each path of our own that the sandbox cannot reach."""
        wanted = [room.toolkit.library, room.interpreter.executable]
        if room.base_environment is not None:
            wanted.append(room.base_environment)
        return [sentence for path in wanted for sentence in _blocked(path, uid)]


def _insist(problems: list[str]) -> None:
    if problems:
        raise SandboxUnavailable(" ".join(problems))


def _blocked(path: Path, uid: int | None) -> list[str]:
    """A sentence that names what keeps the sandbox from a path; none: it can be reached."""
    stop = barrier(path, uid)
    if stop is None:
        return []
    if not stop.exists():
        return [f"{path} is missing."]
    who = "the sandbox" if uid is None else f"the sandbox's uid {uid}"
    return [f"{path} cannot be reached by {who}: {stop} is closed to it."]


def _filter() -> bytes | None:
    return seccomp.deny_list(platform.machine()) if seccomp.supported() else None


def _refusal(room: Room, uid: int | None) -> list[str]:
    """Really start an empty sandbox: a sentence with what bwrap says if the machine refuses."""
    options = [*arguments.namespaces(), *arguments.mounts(room, Limits()), "--remount-ro", "/"]
    as_whom: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    command = [str(room.toolkit.bwrap), *options, "--", "/bin/sh", "-c", ":"]
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            command, env={}, cwd="/", capture_output=True, timeout=PROBE_SECONDS, **as_whom
        )
    except (OSError, subprocess.SubprocessError) as error:
        return [f"bwrap cannot be started: {error}."]
    if done.returncode == 0:
        return []
    reason = done.stderr.decode(errors="replace").strip().replace("\n", "; ")
    return [f"This machine does not let bwrap make a sandbox: {reason}"]
