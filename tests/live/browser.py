"""A WebSocket client that speaks ASGI to a consumer (channels.testing would ask for daphne)."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket(ApplicationCommunicator):  # type: ignore[misc, unused-ignore]
    """One connection to an ASGI application."""

    def __init__(self, application: Any, path: str, user: Any) -> None:
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": [],
            "subprotocols": [],
            "user": user,
        }
        super().__init__(application, scope)

    async def connect(self) -> None:
        """Open it; what the server sends first is not yet read."""
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output(timeout=5))["type"] == "websocket.accept"

    async def say(self, text: str | None = None, data: bytes | None = None) -> None:
        """Send a text or a binary message."""
        await self.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def hear(self) -> dict[str, Any]:
        """The server's next message."""
        output = await self.receive_output(timeout=5)
        assert output["type"] == "websocket.send", output
        message: dict[str, Any] = json.loads(output["text"])
        return message

    async def hear_delta(self) -> dict[str, Any]:
        """The server's next delta; what else it says before is skipped."""
        while True:
            message = await self.hear()
            if message["type"] == "delta":
                return message

    async def closing_code(self) -> Any:
        """The code with which the server closes, whatever it sends before."""
        while True:
            output = await self.receive_output(timeout=5)
            if output["type"] == "websocket.close":
                return output["code"]

    async def leave(self) -> None:
        """Close it from this side; the server is done when this returns."""
        if not self.future.done():
            await self.send_input({"type": "websocket.disconnect", "code": 1000})
            await self.wait(timeout=5)
