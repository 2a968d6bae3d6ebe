"""A model server that answers at once: HTTP/1.1 with keep-alive, one fixed completion.

`python -m tests.bench.stub` prints its port. A streamed answer is EVENTS events, one each
EVENT_SECONDS, as a model server that generates sends them.
"""

import asyncio
import json
from typing import cast

import uvloop

MODEL = "stub"
EVENTS = 100
EVENT_SECONDS = 0.002
_USAGE = {"prompt_tokens": 24, "completion_tokens": EVENTS, "total_tokens": 24 + EVENTS}
_FRAME = {"id": "chatcmpl-stub", "created": 1_700_000_000, "model": MODEL}
_ENDED = {"index": 0, "delta": {}, "finish_reason": "stop"}


def _whole() -> bytes:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "The answer is forty-two."},
        "finish_reason": "stop",
    }
    reply = {**_FRAME, "object": "chat.completion", "choices": [choice], "usage": _USAGE}
    body = json.dumps(reply).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def _chunk(*choices: object, **more: object) -> bytes:
    event = {**_FRAME, "object": "chat.completion.chunk", "choices": choices, **more}
    return _part(b"data: " + json.dumps(event).encode() + b"\n\n")


def _part(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


WHOLE = _whole()
BEGUN = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = _chunk({"index": 0, "delta": {"content": " word"}, "finish_reason": None})
ENDED = _chunk(_ENDED) + _chunk(usage=_USAGE) + _part(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Connection(asyncio.Protocol):
    """Answers each request as soon as it is whole, in order."""

    def __init__(self) -> None:
        self.buffer = b""
        self.streaming: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.streaming is not None:
            self.streaming.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.streaming is None and (end := self.buffer.find(b"\r\n\r\n") + 4) >= 4:
            end += _length(self.buffer[:end])
            if len(self.buffer) < end:
                return
            request, self.buffer = self.buffer[:end], self.buffer[end:]
            self.answer(request)

    def answer(self, request: bytes) -> None:
        compact = request.replace(b" ", b"")
        if b'"stream":true' in compact:
            self.streaming = asyncio.get_running_loop().create_task(self.stream())
        else:
            self.transport.write(WHOLE)

    async def stream(self) -> None:
        self.transport.write(BEGUN)
        for _ in range(EVENTS):
            self.transport.write(EVENT)
            await asyncio.sleep(EVENT_SECONDS)
        self.transport.write(ENDED)
        self.streaming = None


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
