"""The ways by which a sandbox's runtime brings a run's gateway inside."""

import socket
from dataclasses import dataclass
from pathlib import Path

from corral.gateway.listener import Listener
from corral.gateway.server import Gateway


@dataclass(slots=True)
class GatewayDoor:
    """Honours `corral.sandbox.base.Door`; `path` is where the Unix socket is made if need be."""

    gateway: Gateway
    path: Path
    _open: bool = False

    async def open_socket(self, owner: int | None) -> Path:
        """The path, listened on.

        Raises:
            PlatformError: the socket can't be made.
        """
        if not self._open:
            self._open = True
            await self.gateway.serve(self.path, owner)
        return self.path

    async def serve_on(self, listener: socket.socket) -> Listener:
        """Serve a listener until it is closed.

        Raises:
            PlatformError: it can't be listened on.
        """
        return await self.gateway.serve_on(listener)
