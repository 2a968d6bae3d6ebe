"""One browser on one channel, over the real Valkey."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from live import consumers
from live.push import push
from tests.live.conftest import Connect
from tests.live.ledger import Ledger

SUBSCRIBED = 0.15  # the subscription is made beside the first message, and no one is told of it


async def pushed(message: dict[str, Any], channel: str = "everybody") -> None:
    await asyncio.sleep(SUBSCRIBED)
    await sync_to_async(push, thread_sensitive=False)(
        topic="ledger", channel=channel, message=message
    )


async def test_connect_without_number_sends_the_snapshot(ledger: Ledger, connect: Connect) -> None:
    ledger.version = 7

    socket = await connect("/ws/ledger/open/")

    assert await socket.hear() == {
        "type": "snapshot",
        "version": 7,
        "board": {"of": "everybody"},
    }


async def test_connect_from_a_number_sends_the_rest(ledger: Ledger, connect: Connect) -> None:
    ledger.version = 3

    socket = await connect("/ws/ledger/open/?since=1")

    assert [await socket.hear(), await socket.hear()] == [ledger.delta(2), ledger.delta(3)]
    assert await socket.receive_nothing(0.2)


async def test_connect_from_the_newest_number_sends_nothing(
    ledger: Ledger, connect: Connect
) -> None:
    ledger.version = 3

    socket = await connect("/ws/ledger/open/?since=3")

    assert await socket.receive_nothing(0.2)


@pytest.mark.parametrize(
    "number", ["1", "9", "-1", "x", "", "1e3", "²", "9" * 40, "3&channel=judges"]
)
async def test_connect_from_a_number_of_no_use_sends_the_snapshot(
    ledger: Ledger, connect: Connect, number: str
) -> None:
    ledger.version, ledger.pruned = 5, 2

    socket = await connect(f"/ws/ledger/open/?since={number}")

    assert (await socket.hear())["type"] == "snapshot"


async def test_connect_takes_a_number_of_this_channel(ledger: Ledger, connect: Connect) -> None:
    ledger.version = 2

    socket = await connect("/ws/ledger/open/?since=1&channel=everybody")

    assert await socket.hear() == ledger.delta(2)


async def test_push_reaches_everybody_in_order(ledger: Ledger, connect: Connect) -> None:
    sockets = [await connect("/ws/ledger/open/") for _ in range(2)]
    for socket in sockets:
        await socket.hear()

    for _ in range(3):
        await pushed(ledger.grow())

    for socket in sockets:
        assert [await socket.hear() for _ in range(3)] == [ledger.delta(n) for n in (1, 2, 3)]


async def test_push_without_version_is_passed_on(ledger: Ledger, connect: Connect) -> None:
    socket = await connect("/ws/ledger/open/")
    await socket.hear()

    await pushed({"type": "progress", "done": 1})

    assert await socket.hear() == {"type": "progress", "done": 1}


async def test_push_to_another_channel_is_not_heard(ledger: Ledger, connect: Connect) -> None:
    socket = await connect("/ws/ledger/open/")
    await socket.hear()

    await pushed(ledger.grow(), channel="judges")

    assert await socket.receive_nothing(0.3)


async def test_push_of_an_older_version_is_dropped(ledger: Ledger, connect: Connect) -> None:
    ledger.version = 4
    socket = await connect("/ws/ledger/open/")
    await socket.hear()

    await pushed(ledger.delta(4))
    await pushed(ledger.delta(2))
    await pushed(ledger.grow())

    assert await socket.hear() == ledger.delta(5)


async def test_push_after_a_gap_brings_what_was_lost_first(
    ledger: Ledger, connect: Connect
) -> None:
    socket = await connect("/ws/ledger/open/")
    await socket.hear()

    ledger.grow()
    ledger.grow()
    await pushed(ledger.grow())

    assert [await socket.hear() for _ in range(3)] == [ledger.delta(n) for n in (1, 2, 3)]
    assert await socket.receive_nothing(0.2)


async def test_heartbeat_heals_a_lost_push(ledger: Ledger, connect: Connect) -> None:
    socket = await connect("/ws/ledger/open/", beat=0.2)
    await socket.hear()

    ledger.grow()

    assert await socket.hear() == ledger.delta(1)
    beat = await socket.hear()
    assert (beat["type"], beat["version"]) == ("heartbeat", 1)
    assert isinstance(beat["now"], float)


async def test_heartbeat_sends_a_snapshot_where_deltas_are_gone(
    ledger: Ledger, connect: Connect
) -> None:
    socket = await connect("/ws/ledger/open/", beat=0.2)
    await socket.hear()

    ledger.version, ledger.pruned = 9, 8

    assert await socket.hear() == ledger.snapshot("everybody")


async def test_heartbeat_is_silent_while_the_database_is_away(
    ledger: Ledger, connect: Connect
) -> None:
    socket = await connect("/ws/ledger/open/", beat=0.1)
    await socket.hear()

    ledger.broken = True
    await asyncio.sleep(0.3)
    while not await socket.receive_nothing(0.01):
        await socket.hear()
    assert await socket.receive_nothing(0.4)
    ledger.broken = False

    assert (await socket.hear())["type"] == "heartbeat"


@pytest.mark.parametrize("path", ["/ws/ledger/secret/", "/ws/nothing/open/", "/ws/ledger/%00/"])
async def test_connect_where_nothing_may_be_seen_closes(
    ledger: Ledger, connect: Connect, path: str
) -> None:
    socket = await connect(path)

    assert await socket.closing_code() == consumers.NOT_FOUND


async def test_connect_while_authorising_fails_closes_to_try_again(
    ledger: Ledger, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "_channel_for", lambda *_: 1 / 0)

    socket = await connect("/ws/ledger/open/")

    assert await socket.closing_code() == consumers.TRY_AGAIN


async def test_a_permission_that_is_taken_away_closes(ledger: Ledger, connect: Connect) -> None:
    socket = await connect("/ws/ledger/open/", beat=0.1)
    await socket.hear()

    ledger.watchers["open"] = "less"

    assert await socket.closing_code() == consumers.CHANGED


async def test_messages_of_the_browser_are_ignored(ledger: Ledger, connect: Connect) -> None:
    socket = await connect("/ws/ledger/open/")
    await socket.hear()

    for text in ("", "null", '{"type": "live.message"}', "{" * 500):
        await socket.say(text)
    await socket.say(data=b"\xff\x00")
    await pushed(ledger.grow())

    assert await socket.hear() == ledger.delta(1)


async def test_a_long_message_of_the_browser_closes(ledger: Ledger, connect: Connect) -> None:
    socket = await connect("/ws/ledger/open/")

    await socket.say("x" * 1025)

    assert await socket.closing_code() == consumers.TOO_MUCH


async def test_many_messages_of_the_browser_close(ledger: Ledger, connect: Connect) -> None:
    socket = await connect("/ws/ledger/open/")

    for _ in range(30):
        await socket.say("{}")

    assert await socket.closing_code() == consumers.TOO_MUCH


async def test_a_browser_that_takes_nothing_is_let_go(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket's own send blocks, as a server's does when the browser reads nothing."""
    monkeypatch.setattr(consumers, "SEND_SECONDS", 0.2)
    sent: list[Any] = []
    said: asyncio.Queue[Any] = asyncio.Queue()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "websocket.send":
            await asyncio.sleep(60)

    said.put_nowait({"type": "websocket.connect"})
    scope = {"path": "/", "url_route": {"kwargs": {"topic": "ledger", "key": "open"}}, "user": None}
    serving = asyncio.create_task(consumers.LiveConsumer.as_asgi()(scope, said.get, send))
    await asyncio.sleep(0.6)
    said.put_nowait({"type": "websocket.disconnect", "code": 1006})
    await asyncio.wait_for(serving, 5)

    assert sent[-1] == {"type": "websocket.close", "code": consumers.TOO_MUCH}
    assert [message["type"] for message in sent].count("websocket.send") == 1
