"""Sockets over the real channel layer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.urls import re_path

from live import consumers, topics
from live.consumers import LiveConsumer
from tests.live.browser import Socket
from tests.live.ledger import Ledger

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A topic "ledger" that is registered during the test."""
    kept = Ledger()
    monkeypatch.setattr(topics, "_topics", dict(topics._topics))
    topics.register_topic(
        name="ledger", authorise=kept.authorise, snapshot=kept.snapshot, since=kept.since
    )
    return kept


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Persons without a database, and permissions looked at with every second heartbeat."""
    monkeypatch.setattr(
        consumers, "_channel_for", lambda topic, person, key: topic.authorise(person, key)
    )
    monkeypatch.setattr(consumers, "HEARTBEATS_TO_AUTHORISE_AGAIN", 2)


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    """Opens sockets; the first message is not yet read."""
    async with AsyncExitStack() as stack:

        async def open_socket(path: str, *, beat: float = 30.0) -> Socket:
            route = r"^ws/(?P<topic>[^/]+)/(?P<key>[^/]+)/$"
            app = URLRouter([re_path(route, LiveConsumer.as_asgi(heartbeat_seconds=beat))])
            socket = Socket(app, path, AnonymousUser())
            await socket.connect()
            stack.push_async_callback(socket.leave)
            return socket

        yield open_socket
