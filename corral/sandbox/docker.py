"""The sandbox by a Docker-compatible engine, with runc or with gVisor's runsc.

The engine must run on this machine: what a container sees are this machine's own programs and
files, mounted read-only, so that no registry and no image of anybody's is needed. An engine in
another machine would not find them, and `lacks` says so.
"""

import asyncio
import hashlib
import itertools
import os
import platform
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.abilities import brings_kernel, missing_abilities
from corral.sandbox.base import Launch
from corral.sandbox.container import Equipment, Wiring, describe_container, orders
from corral.sandbox.control import Control, Listener
from corral.sandbox.docker_process import Container, DockerProcess, Streams
from corral.sandbox.engine import Engine, EngineRefused
from corral.sandbox.entrance import Entrance
from corral.sandbox.image import ensure_image, ensure_kit
from corral.sandbox.interpreter import describe_interpreter
from corral.sandbox.limits import Limits
from corral.sandbox.slots import Slot, abandoned, reserve_slot, slots_folder

START_SECONDS = 60.0
REASON_BYTES = 4096
SHARE_LABEL, SLOT_LABEL, TOKEN_LABEL = "corral.slots", "corral.slot", "corral.token"

_counter = itertools.count()


class DockerSandbox:
    """Starts projects in containers; honours `corral.sandbox.base.Sandbox`.

    `socket` is the engine's, and is for the worker alone: it is never mounted anywhere. `runtime`
    is a name that the engine knows, None for its default. `state` and `slot` are as for
    bubblewrap, with which the uids are shared.
    """

    def __init__(
        self,
        *,
        state: Path,
        interpreter: Path,
        base_environment: Path | None,
        slot: int,
        socket: Path,
        runtime: str | None = None,
    ) -> None:
        self._state = state.absolute()
        self._interpreter = interpreter
        self._base_environment = base_environment
        self._wanted_slot = slot
        self._runtime = runtime
        self._engine = Engine(socket)
        self._reserved: Slot | None = None
        self._ready: _Ready | None = None

    @property
    def name(self) -> str:
        return f"docker with {self._runtime}" if self._runtime else "docker"

    def owner(self) -> int | None:
        """The uid that this worker's sandboxes run under; None for an ordinary user's own.

        Raises:
            SandboxUnavailable: no uid is free.
        """
        return self._slot().uid

    def lacks(self) -> list[str]:
        """What the engine or this machine lacks."""
        # A thread, because there may be an event loop in this one, which may not be waited in.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._lacks()).result()

    async def start(self, launch: Launch) -> DockerProcess:
        """Start a project.

        Raises:
            SandboxUnavailable: the platform could not start it as the limits demand.
        """
        starting = asyncio.ensure_future(self._start(launch))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # What the engine was asked for may come true later: it is awaited, then undone.
            for process in await asyncio.gather(starting, return_exceptions=True):
                if isinstance(process, DockerProcess):
                    await process.kill()
            raise

    async def _start(self, launch: Launch) -> DockerProcess:
        ready = await self._prepare()
        folder = self._state / "sandbox" / "control"
        listener = Listener.open(folder, ready.slot.token, ready.slot.uid)
        container = Container(self._engine, ready.new_name())
        try:
            gateway = await ready.equipment.entrance.mount(launch.door, self.owner())
            project, packages = launch.project.absolute(), launch.packages
            wiring = Wiring(project, gateway, listener.path, packages)
            body = describe_container(ready.equipment, wiring, launch.limits, ready.labels())
            await self._engine.create(container.name, body)
            async with asyncio.timeout(START_SECONDS):
                return await _run(container, listener, ready.equipment.entrance, launch)
        except TimeoutError as error:
            await container.discard()
            raise SandboxUnavailable("The container did not begin in time.") from error
        except BaseException:
            await container.discard()
            raise
        finally:
            listener.close()

    async def _prepare(self) -> "_Ready":
        """What all launches share; made anew for a process that was forked meanwhile.

        Raises:
            SandboxUnavailable: something that the policy needs is missing.
        """
        slot = self._slot()
        if self._ready is None or self._ready.slot is not slot:
            if missing := await missing_abilities(self._engine, self._runtime):
                raise SandboxUnavailable(" ".join(missing))
            ready = _Ready(slot, await self._equip(slot), _share(slot))
            await ready.remove_abandoned(self._engine)
            self._ready = ready
        return self._ready

    async def _equip(self, slot: Slot) -> Equipment:
        interpreter = describe_interpreter(self._interpreter)
        return Equipment(
            image=await ensure_image(self._engine, interpreter),
            kit=ensure_kit(self._state, platform.machine()),
            interpreter=interpreter,
            base_environment=self._base_environment,
            runtime=self._runtime,
            own_kernel=brings_kernel(await self._engine.info(), self._runtime),
            user=os.getuid() if slot.uid is None else slot.uid,
        )

    async def _lacks(self) -> list[str]:
        try:
            ready = await self._prepare()
            container = Container(self._engine, ready.new_name())
            body = describe_container(ready.equipment, None, Limits(), ready.labels())
            try:
                # Only made, not started: an engine that does not see our files refuses already.
                await self._engine.create(container.name, body)
            finally:
                await container.discard()
        except EngineRefused as error:
            return [f"{error} It must run on this machine and see its files."]
        except SandboxUnavailable as error:
            return [str(error)]
        return []

    def _slot(self) -> Slot:
        """This process's own slot: a process forked from one that has a slot needs another."""
        if self._reserved is None or not self._reserved.mine:
            self._reserved = reserve_slot(slots_folder(self._state), self._wanted_slot)
        return self._reserved


@dataclass(frozen=True, slots=True)
class _Ready:
    """A slot, what its containers have in common, and with whom the slots are shared."""

    slot: Slot
    equipment: Equipment
    share: str

    def new_name(self) -> str:
        """The name of a container that nobody else makes."""
        return f"corral-{self.slot.number}-{self.slot.token}-{next(_counter)}"

    def labels(self) -> dict[str, str]:
        """By which a container is known as this worker's."""
        return {
            SHARE_LABEL: self.share,
            SLOT_LABEL: str(self.slot.number),
            TOKEN_LABEL: self.slot.token,
        }

    async def remove_abandoned(self, engine: Engine) -> None:
        """Remove what dead workers left: containers of this slot, and of slots nobody has."""
        for container, labels in await engine.labels(f"{SHARE_LABEL}={self.share}"):
            number = int(labels[SLOT_LABEL])
            if number == self.slot.number:
                if labels[TOKEN_LABEL] != self.slot.token:
                    await engine.remove(container)
                continue
            with abandoned(self.slot.folder, number) as nobodys:
                if nobodys:
                    await engine.remove(container)


def _share(slot: Slot) -> str:
    return hashlib.sha256(str(slot.folder.absolute()).encode()).hexdigest()[:12]


async def _run(
    container: Container, listener: Listener, entrance: Entrance, launch: Launch
) -> DockerProcess:
    """Start a container that was made, open its door, and give process 1 its orders.

    Raises:
        SandboxUnavailable: it ended before it took them.
    """
    async with AsyncExitStack() as undo:
        streams = await Streams.attach(container.engine, container.name)
        undo.callback(streams.close)
        await container.engine.start(container.name)
        line = await _first_call(container, listener)
        if line is not None:
            undo.callback(line.close)
            served = await entrance.open(launch.door, line)
            undo.push_async_callback(served.close)
            control = await Control.over(line)
            undo.callback(control.hang_up)
            if await control.begin(orders(launch)):
                undo.pop_all()
                return DockerProcess(container, streams, control, served)
        raise SandboxUnavailable(f"The container could not be set up: {await _reason(streams)}")


async def _first_call(container: Container, listener: Listener) -> socket.socket | None:
    """The call of process 1; None if the container ends without one."""
    calling = asyncio.ensure_future(listener.accept())
    ending = asyncio.ensure_future(container.engine.wait(container.name))
    try:
        await asyncio.wait((calling, ending), return_when=asyncio.FIRST_COMPLETED)
        return calling.result() if calling.done() else None
    finally:
        for each in (calling, ending):
            each.cancel()
        await asyncio.gather(calling, ending, return_exceptions=True)


async def _reason(streams: Streams) -> str:
    """What process 1 said last."""
    said = await streams.stderr.reader.read(REASON_BYTES)
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing."
