"""What the gateway needs of whoever answers its calls: a model server, or a recording of one."""

from typing import Protocol

from corral.gateway.upstream import Upstream


class ModelStream(Protocol):
    """A reply that arrives in pieces."""

    async def read(self) -> bytes:
        """The next piece; empty at the end."""

    async def recycle(self) -> None:
        """The reply is over: nobody will read on."""

    def close(self) -> None:
        """Stop whatever work is left."""


class ModelClient(Protocol):
    """Errors are CallRefused (the call is wrong) and UpstreamUnavailable."""

    @property
    def upstream(self) -> Upstream:
        """Who answers, and what it calls the model."""

    async def ask(self, path: str, payload: bytes) -> bytes:
        """The body of a successful reply."""

    async def stream(self, path: str, payload: bytes) -> ModelStream:
        """A successful reply in pieces; close it whatever happens."""

    async def ask_root(self, path: str, payload: bytes) -> bytes | None:
        """The reply of an endpoint of the server's own, None if it has none such."""

    async def __aenter__(self) -> "ModelClient":
        """Open it."""

    async def __aexit__(self, *_: object) -> None:
        """Close it; idempotent."""
