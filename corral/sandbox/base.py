"""The contract of every sandbox runtime."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from corral.sandbox.limits import Limits


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start: an unpacked project, read-only inside, and its only way out.

    `command` is the manifest's; `python` in it is the sandbox interpreter. `environment` is all
    that the project sees, besides HOME, PATH, TMPDIR and PYTHONPATH, which the sandbox sets itself.
    `gateway_socket` is the host's path of the run's Unix socket; inside it is
    http://127.0.0.1:8080/v1.
    """

    project: Path
    command: tuple[str, ...]
    gateway_socket: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()


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
        """The uid that must be able to reach project and socket; None: the caller's own."""

    async def start(self, launch: Launch) -> SandboxProcess:
        """Start a project.

        Raises:
            SandboxUnavailable: the platform could not start it as the limits demand.
        """
