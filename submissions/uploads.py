"""Uploads are measured while they arrive: what is too large is refused before it is stored."""

from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any

from django.core.files.uploadhandler import (
    FileUploadHandler,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest
from django.utils import timezone

from corral.project.survey import MAX_PACKED_BYTES

# Room for the multipart frame, the form's other fields and long names.
MAX_BODY_BYTES = MAX_PACKED_BYTES + 1024 * 1024
TOO_LARGE = "The archive is larger than 50 MB, the most that it may be."
ARRIVAL = "corral.arrival"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class MeasuredUpload(FileUploadHandler):
    """Stops at the first byte over the limit; all files of a request count together."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0

    @property
    def too_large(self) -> bool:
        """Whether the upload was stopped."""
        return self.received > MAX_PACKED_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Count, and pass on to the next handler."""
        self.received += len(raw_data)
        if self.too_large:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler has the file."""


def measure(request: HttpRequest) -> MeasuredUpload:
    """Have the request's files measured and kept on disk; call it before anything is parsed."""
    measured = MeasuredUpload(request)
    request.upload_handlers = [measured, TemporaryFileUploadHandler(request)]
    return measured


def declares_too_much(request: HttpRequest) -> bool:
    """Whether the request says by itself that it can't be accepted."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return declared.isascii() and declared.isdigit() and int(declared) > MAX_BODY_BYTES


def received_at(request: HttpRequest) -> datetime:
    """When the last byte of the request arrived.

    `BodyLimit` saw it pass; without it the body is read here to its end, which is then.
    """
    _ = request.FILES
    arrival: dict[str, datetime] = getattr(request, "scope", {}).get(ARRIVAL, {})
    return arrival.get("at") or timezone.now()


class BodyLimit:
    """ASGI middleware: answers 413 to a body over `max_bytes` while it still arrives.

    Django's ASGI handler writes a whole body to disk before any view is asked; this stands before
    it. It also notes when the last byte came, which is what being in time means.
    """

    def __init__(self, app: AsgiApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _declared(scope) > self.max_bytes:
            await _refuse(scope, send)
        else:
            await self._measured(scope, receive, send)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrival: dict[str, datetime] = {}
        received = 0

        async def measured() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                return {"type": "http.disconnect"}  # Django drops what it has, and answers nothing
            if message["type"] == "http.request" and not message.get("more_body", False):
                arrival["at"] = timezone.now()
            return message

        await self.app({**scope, ARRIVAL: arrival}, measured, send)
        if received > self.max_bytes:
            await _refuse(scope, send)


def _declared(scope: Scope) -> int:
    """The Content-Length; 0 where there is none, and the body is measured as it comes."""
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _refuse(scope: Scope, send: Send) -> None:
    """413, in the words of whoever asked."""
    if scope["path"].startswith("/api/"):
        kind, body = b"application/json", f'{{"detail": "{TOO_LARGE}", "code": "too_large"}}'
    else:
        kind, body = b"text/plain; charset=utf-8", TOO_LARGE
    raw = body.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(raw)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": raw})
