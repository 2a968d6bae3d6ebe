"""A Docker-compatible engine, by its HTTP API on a Unix socket: just what sandboxes need.

Source: the Docker Engine API, version 1.41. Paths carry no version: an engine then speaks its own,
and newer engines refuse the names of old ones.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from corral.errors import SandboxUnavailable

ANSWER_SECONDS = 30.0
NOT_FOUND = 404
FAILED = 400
ALREADY = (304, 404, 409)  # started, gone or not running: what was asked for holds

Parameters = Mapping[str, str]


class EngineRefused(SandboxUnavailable):
    """The engine answered with an error; `status` is that of HTTP."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"The Docker engine refuses: {reason.strip().rstrip('.')}.")
        self.status = status


@dataclass(frozen=True, slots=True)
class Ended:
    """What the engine knows of a container that ended."""

    status: int
    out_of_memory: bool


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that listens on `socket`. Every call may raise SandboxUnavailable."""

    socket: Path

    async def version(self) -> Mapping[str, Any]:
        """What it is."""
        found: Mapping[str, Any] = await self._ask("GET", "/version")
        return found

    async def info(self) -> Mapping[str, Any]:
        """What it can do on this machine."""
        found: Mapping[str, Any] = await self._ask("GET", "/info")
        return found

    async def has_image(self, name: str) -> bool:
        """Whether there is an image of that name."""
        try:
            await self._ask("GET", f"/images/{name}/json")
        except EngineRefused as error:
            if error.status == NOT_FOUND:
                return False
            raise
        return True

    async def import_image(self, repository: str, tag: str, tar: bytes) -> None:
        """Make an image of one layer out of a tar."""
        parameters = {"fromSrc": "-", "repo": repository, "tag": tag}
        async with self._call("POST", "/images/create", parameters, data=tar) as answer:
            said = await answer.text()
        if '"error"' in said:
            raise EngineRefused(answer.status, said)

    async def create(self, name: str, description: Mapping[str, object]) -> None:
        """Make a container, which does not run yet."""
        await self._ask("POST", "/containers/create", {"name": name}, description)

    async def start(self, name: str) -> None:
        """Have process 1 of a container run."""
        await self._ask("POST", f"/containers/{name}/start")

    async def kill(self, name: str) -> None:
        """Kill process 1 of a container, if it runs."""
        await self._do("POST", f"/containers/{name}/kill", {"signal": "SIGKILL"})

    async def wait(self, name: str) -> Ended:
        """Wait for a container to end, however long; its remains are still there."""
        async with self._call("POST", f"/containers/{name}/wait", seconds=None) as answer:
            await answer.read()
        state = (await self._ask("GET", f"/containers/{name}/json"))["State"]
        return Ended(int(state["ExitCode"]), bool(state["OOMKilled"]))

    async def remove(self, name: str) -> None:
        """Kill what runs in a container, and remove it, if it is there."""
        await self._do("DELETE", f"/containers/{name}", {"force": "1", "v": "1"})

    async def labels(self, label: str) -> list[tuple[str, Mapping[str, str]]]:
        """Id and labels of each container that has this `name=value`."""
        filters = json.dumps({"label": [label]})
        found = await self._ask("GET", "/containers/json", {"all": "1", "filters": filters})
        return [(str(each["Id"]), dict(each["Labels"])) for each in found]

    async def _do(self, method: str, path: str, parameters: Parameters) -> None:
        """Ask for something that may hold already."""
        try:
            await self._ask(method, path, parameters)
        except EngineRefused as error:
            if error.status not in ALREADY:
                raise

    async def _ask(
        self, method: str, path: str, parameters: Parameters | None = None, body: object = None
    ) -> Any:
        async with self._call(method, path, parameters, json=body) as answer:
            said = await answer.read()
        return json.loads(said) if said else None

    @asynccontextmanager
    async def _call(
        self,
        method: str,
        path: str,
        parameters: Parameters | None = None,
        *,
        seconds: float | None = ANSWER_SECONDS,
        **body: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request on a connection of its own, so that nothing has to outlive it."""
        connector = aiohttp.UnixConnector(str(self.socket), force_close=True)
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with (
                aiohttp.ClientSession("http://docker", connector=connector) as session,
                session.request(method, path, params=parameters, timeout=timeout, **body) as answer,
            ):
                if answer.status >= FAILED:
                    raise EngineRefused(answer.status, _reason(await answer.text()))
                yield answer
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise SandboxUnavailable(
                f"The Docker engine at {self.socket} does not answer: {reason}."
            ) from error


def _reason(text: str) -> str:
    """The sentence in an error of the engine."""
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text
