"""Sockets that are handed over: served beside others, and dropped one by one."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from corral.errors import PlatformError
from corral.gateway.budget import Budget
from corral.gateway.metering import LEFT_BY_CLIENT
from corral.gateway.server import Gateway
from tests.corral.gateway.bench import CHAT, KEY, MODEL, Bench, chat, upstream_at
from tests.fakes.upstream import FakeUpstream


@pytest.fixture
async def gateway(upstream: FakeUpstream) -> AsyncIterator[Gateway]:
    """A gateway that listens nowhere yet."""
    budget = Budget(tokens=1_000_000, calls=1000)
    async with Gateway(
        upstream=upstream_at(upstream.base_url), model=MODEL, budget=budget, api_key=KEY
    ) as gateway:
        yield gateway


def listening() -> socket.socket:
    """As a sandbox hands it over."""
    made = socket.create_server(("127.0.0.1", 0))
    made.setblocking(True)
    return made


async def ask(port: int, text: str = "1 + 1") -> int:
    """The status of a call over a connection of its own."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session,
        session.post(f"http://127.0.0.1:{port}{CHAT}", data=json.dumps(chat(text))) as reply,
    ):
        await reply.read()
        return reply.status


async def test_socket_that_listens_already_is_served(gateway: Gateway) -> None:
    handed = listening()
    port = handed.getsockname()[1]
    await gateway.serve_on(handed)

    assert await ask(port) == 200
    assert gateway.usage().calls == 1


async def test_connection_made_before_it_was_served_is_answered(gateway: Gateway) -> None:
    handed = listening()
    port = handed.getsockname()[1]
    asking = asyncio.create_task(ask(port))
    await asyncio.sleep(0.02)
    await gateway.serve_on(handed)

    assert await asking == 200


async def test_socket_is_served_beside_the_gateways_own(bench: Bench) -> None:
    handed = listening()
    port = handed.getsockname()[1]
    await bench.gateway.serve_on(handed)

    assert await ask(port) == 200
    assert (await bench.post(chat())).status == 200
    bench.check_books()


async def test_dropped_listener_ends_its_own_calls_alone(
    gateway: Gateway, upstream: FakeUpstream
) -> None:
    first, second = listening(), listening()
    ports = [made.getsockname()[1] for made in (first, second)]
    dropped = await gateway.serve_on(first)
    await gateway.serve_on(second)
    calls = [asyncio.create_task(ask(port, "[[sleep 0.3]]")) for port in ports]
    async with asyncio.timeout(5):
        while len(upstream.requests) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await dropped.close()

    assert [entry.call.status for entry in gateway.ledger.entries] == [LEFT_BY_CLIENT]
    with pytest.raises(aiohttp.ClientError):
        await calls[0]
    assert await calls[1] == 200
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask(ports[0])


async def test_listener_can_be_dropped_after_the_gateway(gateway: Gateway) -> None:
    listener = await gateway.serve_on(listening())
    await gateway.close()
    await listener.close()

    assert not listener.serving


async def test_gateway_that_is_closed_serves_no_socket(gateway: Gateway) -> None:
    handed = listening()
    port = handed.getsockname()[1]
    await gateway.serve_on(handed)
    await gateway.close()

    with pytest.raises(aiohttp.ClientConnectorError):
        await ask(port)


async def test_socket_that_cannot_listen_is_the_platforms_fault(gateway: Gateway) -> None:
    connected, other = socket.socketpair()
    with other, pytest.raises(PlatformError, match="socket can't be made"):
        await gateway.serve_on(connected)
