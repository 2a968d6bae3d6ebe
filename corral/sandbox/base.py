"""The contract of every sandbox runtime."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from corral.sandbox.limits import Limits


class Served(Protocol):
    """A listener that is being answered."""

    async def close(self) -> None:
        """Answer it no longer: what came through it is over."""


class Door(Protocol):
    """The run's gateway, for a runtime to bring to http://127.0.0.1:8080/v1 inside."""

    async def open_socket(self, owner: int | None) -> Path:
        """Its Unix socket on the host, which belongs to `owner`; for runtimes that mount it."""

    async def serve_on(self, listener: socket.socket) -> Served:
        """Have it answer a listener that was made inside, which is its own from now on."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start: an unpacked project, read-only inside, and its only way out.

    `command` is the manifest's; `python` in it is the sandbox interpreter. `environment` is all
    that the project sees, besides HOME, PATH, TMPDIR and PYTHONPATH, which the sandbox sets itself.
    `preload` names modules that a Python program wants imported before its time begins. `packages`
    is a whole environment of the project's own, which takes the base environment's place.
    """

    project: Path
    command: tuple[str, ...]
    door: Door
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    preload: tuple[str, ...] = ()
    packages: Path | None = None


@dataclass(frozen=True, slots=True)
class Exit:
    """How a sandbox ended: exit status, or the signal's number, and whether memory ran out."""

    status: int | None
    signal: int | None
    out_of_memory: bool = False

    def describe(self) -> str:
        """For a run's page: "exit status 1", "signal 9 (killed)", "out of memory"."""
        if self.out_of_memory:
            return "out of memory"
        if self.signal is not None:
            return f"signal {self.signal}"
        return f"exit status {self.status}"


class SandboxProcess(Protocol):
    """One live sandbox. `stdin`, `stdout` and `stderr` are pipes to the project itself."""

    @property
    def stdin(self) -> asyncio.StreamWriter: ...
    @property
    def stdout(self) -> asyncio.StreamReader: ...
    @property
    def stderr(self) -> asyncio.StreamReader: ...

    async def wait(self) -> Exit:
        """Wait for the project to end by itself; may be called more than once."""

    async def kill(self) -> Exit:
        """Kill the whole tree; returns only when it is dead for certain. Idempotent."""


class Sandbox(Protocol):
    """A runtime that starts sandboxes."""

    @property
    def name(self) -> str: ...

    def lacks(self) -> list[str]:
        """One sentence for each protection that the policy needs and this machine lacks."""

    def owner(self) -> int | None:
        """The uid that must be able to reach the project; None: the caller's own."""

    async def start(self, launch: Launch) -> SandboxProcess:
        """Start a project.

        Raises:
            SandboxUnavailable: the platform could not start it as the limits demand.
        """
