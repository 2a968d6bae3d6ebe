"""A door behind which there is no gateway: one function answers everybody alike."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

Answer: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class AnsweredHere:
    """Honours `corral.sandbox.base.Served`."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server

    async def close(self) -> None:
        """Answer no more."""
        self._server.close()


class AnsweringDoor:
    """Honours `corral.sandbox.base.Door`, for one sandbox."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self._path, self._answer = path, answer
        self._server: asyncio.Server | None = None

    async def open_socket(self, owner: int | None) -> Path:
        """A Unix socket that belongs to `owner`."""
        self._server = await asyncio.start_unix_server(self._answer, self._path)
        if owner is not None:
            os.chown(self._path, owner, owner)
        return self._path

    def close(self) -> None:
        """Answer on the Unix socket no longer."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def serve_on(self, listener: socket.socket) -> AnsweredHere:
        """Answer a listener that was made inside."""
        return AnsweredHere(await asyncio.start_server(self._answer, sock=listener))


async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """For whoever has nobody to talk to."""
    writer.close()
