"""Starts one sandbox in a stall, and makes sure that it stands before the project begins."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corral.certain import finish_for_certain
from corral.errors import SandboxUnavailable
from corral.sandbox.base import Door, Served
from corral.sandbox.process import BubblewrapProcess, Ends, Pipes, gone
from corral.sandbox.spawner import BLOCK_FD, FIRST_GIVEN_FD, INFO_FD
from corral.sandbox.stalls import Request, Stall, memory_file, readable

START_SECONDS = 30.0
REASON_BYTES = 4096
OPTIONS_FD = FIRST_GIVEN_FD


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start bwrap.

    `options` are its own, `command` runs inside: it writes a line to `READY_FD` when it
    begins, and with `takes_orders` it reads from `ORDERS_FD`. `seccomp` is a filter, None for
    none; `uid` is whom to become first, None for the caller; `limits` are by the names of
    setrlimit(2).
    """

    bwrap: Path
    options: Sequence[str]
    command: Sequence[str]
    limits: Mapping[str, int]
    seccomp: bytes | None
    uid: int | None
    takes_orders: bool = False


class Pending:
    """A bwrap on its way to a running project, or back."""

    def __init__(self, stall: Stall, wires: "_Wires", forget: Callable[[], None]) -> None:
        self._stall = stall
        self._wires = wires
        self._forget = forget
        self._first: int | None = None
        self._served: Served | None = None
        self._connecting: asyncio.Task[Pipes] | None = None

    async def up(self, door: Door, orders: bytes = b"") -> BubblewrapProcess:
        """Open the door, give the orders, and return when the project begins.

        Raises:
            SandboxUnavailable: it could not be set up; the project has not been started then.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                return await self._up(door, orders)
        except BaseException as error:
            reason = await finish_for_certain(self.down())
            if isinstance(error, _NotSetUp | OSError):
                why = f"The sandbox could not be set up: {reason}"
                raise SandboxUnavailable(why) from error
            raise

    async def _up(self, door: Door, orders: bytes) -> BubblewrapProcess:
        # While bwrap is at work; and as a task of its own: a cancellation that comes meanwhile must
        # not leave half of them open.
        self._connecting = asyncio.ensure_future(Pipes.connect(self._wires.ends))
        pipes = await asyncio.shield(self._connecting)
        standing = await self._stall.standing()
        if standing is None:
            raise _NotSetUp
        self._first = standing.first
        self._served = await door.serve_on(standing.listener)
        self._wires.give(orders)
        await self._begun()
        self._wires.close()
        return BubblewrapProcess(self._stall, self._first, pipes, self._served, self._forget)

    async def _begun(self) -> None:
        await readable(self._wires.ready)
        if not os.read(self._wires.ready, 1):
            raise _NotSetUp

    async def down(self) -> str:
        """Kill it and close everything; the reason that it gave, in one line."""
        try:
            await self._stall.close()
            if self._first is not None:
                await gone(self._first)
            if self._served is not None:
                await self._served.close()
        finally:
            self._wires.close()
            self._forget()
        pipes = await (self._connecting or Pipes.connect(self._wires.ends))
        lines = (await pipes.stderr.read(REASON_BYTES)).decode(errors="replace").split("\n")
        pipes.close()
        return next((line for line in lines if line), "bwrap ended without a word")

    def abandon(self) -> None:
        """As `down`, where nobody can wait."""
        self._stall.abandon()
        self._wires.ends.close()
        self._wires.close()
        self._forget()


class _NotSetUp(Exception):
    """Bwrap ended before the first program inside began."""


@dataclass(slots=True)
class _Wires:
    """Our ends of all pipes of a sandbox, as descriptors."""

    ends: Ends
    ready: int
    orders: int | None

    def give(self, orders: bytes) -> None:
        """Write the orders, which a pipe has room for, and end them."""
        if self.orders is not None:
            os.write(self.orders, orders)
            os.close(self.orders)
            self.orders = None

    def close(self) -> None:
        """Close all but the project's three."""
        os.close(self.ready)
        if self.orders is not None:
            os.close(self.orders)


def begin(stall: Stall, plan: Plan, forget: Callable[[], None] = lambda: None) -> Pending:
    """Have a stall start a sandbox; `forget` removes what the host has of it alone.

    Raises:
        SandboxUnavailable: that is not possible.
    """
    theirs: list[int] = []
    try:
        wires = _wire(theirs, takes_orders=plan.takes_orders)
        try:
            stall.ask(_request(plan, theirs), theirs)
        except OSError:
            wires.ends.close()
            wires.close()
            raise
    except OSError as error:
        raise SandboxUnavailable(f"The sandbox could not be started: {error}.") from error
    finally:
        for descriptor in theirs:
            os.close(descriptor)
    return Pending(stall, wires, forget)


def _wire(theirs: list[int], *, takes_orders: bool) -> _Wires:
    """All pipes; `theirs` gets the other ends, in the order of `arguments.READY_FD` and so on."""
    reading, stdin = os.pipe()
    stdout, out = os.pipe()
    stderr, err = os.pipe()
    ready, begun = os.pipe()
    theirs += [reading, out, err, begun]
    orders = None
    if takes_orders:
        taking, orders = os.pipe()
        theirs.append(taking)
    return _Wires(Ends(stdin, stdout, stderr), ready, orders)


def _request(plan: Plan, theirs: list[int]) -> Request:
    """The request; what bwrap is to read is added to `theirs`, its options before the pipes."""
    options = [*plan.options, "--info-fd", str(INFO_FD), "--block-fd", str(BLOCK_FD)]
    if plan.seccomp is not None:
        theirs.append(memory_file(plan.seccomp))
        # Three are its streams, and its options are still to come.
        options += ["--seccomp", str(FIRST_GIVEN_FD + len(theirs) - 3)]
    # By a file: the command lines of the machine are for everyone to read.
    theirs.insert(3, memory_file(b"".join(os.fsencode(option) + b"\0" for option in options)))
    start = [str(plan.bwrap), "--args", str(OPTIONS_FD), "--", *plan.command]
    return Request(start, plan.uid, plan.limits)
