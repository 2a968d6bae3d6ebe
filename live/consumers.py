"""One browser watching one channel: snapshot or deltas first, then whatever comes."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from live.groups import group_of
from live.limits import Intake
from live.outbox import Outbox
from live.subscription import listen
from live.topics import Message, Topic, topic_named

logger = logging.getLogger(__name__)

NOT_FOUND = 4404  # there is no such channel, or not for this person
CHANGED = 4409  # the person may see something else now: connect again
TOO_MUCH = 1008
TRY_AGAIN = 1013

HEARTBEAT_SECONDS = 5.0
SEND_SECONDS = 20.0
HEARTBEATS_TO_AUTHORISE_AGAIN = 6
OUTBOX_SIZE = 64


class LiveConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Sends one channel of one topic; asks nothing of the browser and hears nothing it says.

    Messages with a version reach the browser in order and once each; a gap, an overflow or a
    lost push is healed from PostgreSQL, at the latest with the next heartbeat.
    """

    topic: Topic
    channel: str
    version = -1

    def __init__(self, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        super().__init__()
        self.heartbeat_seconds = heartbeat_seconds
        self.outbox = Outbox(OUTBOX_SIZE)
        self.intake = Intake()
        self.tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; the channel layer is listened to apart, so that it may be away."""
        self.scope, self.base_send = scope, send
        try:
            while True:
                message = await receive()
                await self.dispatch(message)
                if message["type"] == "websocket.disconnect":
                    return
        finally:
            await self._stop()

    async def connect(self) -> None:
        """Accept, so that the browser can read the code of a refusal, then authorise and start."""
        await self.accept()
        try:
            channel = await self._authorise()
        except Exception:
            logger.exception("Could not authorise %s", self.scope["path"])
            await self.close(TRY_AGAIN)
            return
        if channel is None:
            await self.close(NOT_FOUND)
            return
        self.channel = channel
        group = group_of(self.topic.name, channel)
        self.tasks = [
            asyncio.create_task(listen(group, self.outbox.offer)),
            asyncio.create_task(self._deliver()),
        ]

    async def websocket_disconnect(self, message: Any) -> None:
        """The browser is gone; `__call__` cleans up."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        """Nothing is expected: what comes is counted, not read, and too much of it ends it."""
        if not self.intake.takes(len(text_data or bytes_data or ""), at=time.monotonic()):
            await self._stop()
            await self.close(TOO_MUCH)

    async def _authorise(self) -> str | None:
        """The channel that this person may watch now. The person is read anew each time."""
        route = self.scope["url_route"]["kwargs"]
        topic = topic_named(route["topic"])
        if topic is None:
            return None
        self.topic = topic
        channel: str | None = await database_sync_to_async(_channel_for)(
            topic, self.scope["user"], route["key"]
        )
        return channel

    async def _deliver(self) -> None:
        """The only task that sends, so that nothing overtakes anything."""
        try:
            await self._first()
            beats, due = 0, time.monotonic() + self.heartbeat_seconds
            while True:
                await self.outbox.arrived(due - time.monotonic())
                await self._send_waiting()
                if time.monotonic() >= due:
                    beats, due = beats + 1, time.monotonic() + self.heartbeat_seconds
                    await self._beat(check=beats % HEARTBEATS_TO_AUTHORISE_AGAIN == 0)
        except _Moved:
            await self.close(CHANGED)
        except TimeoutError:
            logger.info("A browser took nothing for %s s and is let go", SEND_SECONDS)
            await self.close(TOO_MUCH)
        except Exception:
            logger.exception("A socket ends")
            await self.close(TRY_AGAIN)

    async def _first(self) -> None:
        """What came after the browser's number, or everything."""
        number = self._number()
        missed = None if number is None else await self._ask(self.topic.since, number)
        if number is None or missed is None:
            missed = [await self._ask(self.topic.snapshot)]
        else:
            self.version = number
        await self._send_all(missed)

    def _number(self) -> int | None:
        """The browser's last number, if it is one of this very channel."""
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        number, channel = query.get("since", [""])[0], query.get("channel", [self.channel])[0]
        known = number.isascii() and number.isdigit() and len(number) <= 18
        return int(number) if known and channel == self.channel else None

    async def _send_waiting(self) -> None:
        messages, lost = self.outbox.take()
        if lost:
            await self._send_all(await self._missed())
        for message in messages:
            if message.get("type") == "delta" and message["version"] > self.version + 1:
                await self._send_all(await self._missed())
            await self._send(message)

    async def _beat(self, *, check: bool) -> None:
        """Send what was missed, then say that all is well; a server that can't know is silent."""
        try:
            moved = check and await self._authorise() != self.channel
            missed = await self._missed()
        except Exception:
            logger.exception("PostgreSQL can't be asked: no heartbeat")
            return
        if moved:
            raise _Moved
        await self._send_all(missed)
        await self._send_now({"type": "heartbeat", "version": self.version, "now": time.time()})

    async def _missed(self) -> Sequence[Message]:
        """What PostgreSQL has after the last version sent."""
        missed: Sequence[Message] | None = await self._ask(self.topic.since, self.version)
        return [await self._ask(self.topic.snapshot)] if missed is None else missed

    async def _ask(self, question: Callable[..., Any], *given: object) -> Any:
        return await database_sync_to_async(question)(self.channel, *given)

    async def _send_all(self, messages: Sequence[Message]) -> None:
        for message in messages:
            await self._send(message)

    async def _send(self, message: Message) -> None:
        """Send a message, unless its version or a newer one was sent before."""
        version = message.get("version")
        if version is not None:
            if version <= self.version:
                return
            self.version = version
        await self._send_now(message)

    async def _send_now(self, message: Message) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self.send_json(message)

    async def _stop(self) -> None:
        """End the tasks; again and again, since redis-py swallows a cancellation as it connects."""
        tasks, self.tasks = self.tasks, []
        running: set[asyncio.Task[None]] = set(tasks)
        while running:
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=0.1)


class _Moved(Exception):
    """The person may watch another channel now, or none."""


def _channel_for(topic: Topic, person: Any, key: str) -> str | None:
    known = person.is_authenticated and get_user_model().objects.filter(pk=person.pk).first()
    return topic.authorise(known or AnonymousUser(), key)
