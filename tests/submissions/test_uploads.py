"""Uploads are measured while they arrive."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from submissions.uploads import (
    ARRIVAL,
    BodyLimit,
    Message,
    Receive,
    Scope,
    Send,
    declares_too_much,
    measure,
    received_at,
)
from tests.submissions.archives import upload_of


class Reader:
    """An application that reads the body to its end, as Django does, and answers with its size."""

    def __init__(self) -> None:
        self.stored = 0
        self.arrived: datetime | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.stored += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        self.arrived = scope[ARRIVAL]["at"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(
    reader: Reader, chunks: list[bytes], *, path: str = "/api/v1/x/", length: int | None = None
) -> tuple[int, bytes, int]:
    """The status, the body, and how many chunks were taken from the network."""
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    sent: list[Message] = []
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        more = taken < len(chunks)
        return {"type": "http.request", "body": chunks[taken - 1], "more_body": more}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "path": path, "headers": headers}
    await BodyLimit(reader, max_bytes=100)(scope, receive, send)
    return sent[0]["status"], sent[1]["body"], taken


async def test_body_limit_lets_a_body_of_the_limit_through() -> None:
    reader = Reader()
    before = timezone.now()

    answer = await ask(reader, [b"x" * 50, b"x" * 50])

    assert (answer, reader.stored) == ((200, b"", 2), 100)
    assert reader.arrived is not None
    assert before <= reader.arrived <= timezone.now()


async def test_body_limit_refuses_what_declares_too_much_before_it_reads() -> None:
    reader = Reader()
    status, body, taken = await ask(reader, [b"x"], length=101)
    assert (status, json.loads(body)["code"], taken) == (413, "too_large", 0)


async def test_body_limit_stops_a_body_that_declares_nothing() -> None:
    reader = Reader()

    status, body, taken = await ask(reader, [b"x" * 60] * 1000)

    assert (status, json.loads(body)["code"], taken) == (413, "too_large", 2)
    assert reader.stored <= 100


async def test_body_limit_speaks_to_people_in_plain_words() -> None:
    answer = await ask(Reader(), [], path="/h/x/tracks/y/submit/", length=101)
    assert answer == (413, b"The archive is larger than 50 MB, the most that it may be.", 0)


@pytest.mark.parametrize(("size", "too_large"), [(1000, False), (1001, True)])
def test_measure_stops_at_the_first_byte_over(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, size: int, too_large: bool
) -> None:
    monkeypatch.setattr("submissions.uploads.MAX_PACKED_BYTES", 1000)
    request = rf.post("/", {"archive": upload_of(b"x" * size)})

    measured = measure(request)

    assert bool(request.FILES) is not too_large
    assert measured.too_large is too_large
    request.close()


def test_measure_counts_all_files_together(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.uploads.MAX_PACKED_BYTES", 1000)
    request = rf.post("/", {"a": upload_of(b"x" * 600), "b": upload_of(b"x" * 600)})
    measured = measure(request)

    assert list(request.FILES) == ["a"]
    assert measured.too_large
    request.close()


@pytest.mark.parametrize(
    ("declared", "too_much"), [("", False), ("10", False), ("999999999", True), ("a", False)]
)
def test_declares_too_much(rf: RequestFactory, declared: str, too_much: bool) -> None:
    request = rf.get("/")
    request.META["CONTENT_LENGTH"] = declared
    assert declares_too_much(request) is too_much


def test_received_at_without_the_middleware_is_when_the_body_was_read(rf: RequestFactory) -> None:
    request = rf.post("/", {"archive": upload_of(b"x")})
    before = timezone.now()
    assert before <= received_at(request) <= timezone.now()
    request.close()


def test_received_at_is_what_the_middleware_saw(rf: RequestFactory) -> None:
    request = rf.post("/", {"archive": upload_of(b"x")})
    seen = timezone.now()
    request.scope = {ARRIVAL: {"at": seen}}  # type: ignore[attr-defined]
    assert received_at(request) == seen
    request.close()
