"""Clients that leave, and gateways that close, while calls are open."""

import asyncio
import json
import socket
from pathlib import Path

import pytest

from corral.errors import PlatformError
from corral.gateway.limits import GatewayLimits
from corral.gateway.metering import LEFT_BY_CLIENT
from corral.gateway.order import TEMPLATE_TOKENS
from tests.corral.gateway.bench import CHAT, KEY, Bench, chat, open_bench
from tests.fakes.upstream import FakeUpstream


async def opened(
    bench: Bench, **fields: object
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A call by a client that can leave at any time."""
    reader, writer = await asyncio.open_unix_connection(bench.socket, limit=1024)
    body = json.dumps(chat(**fields)).encode()  # type: ignore[arg-type]
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return reader, writer


async def test_client_that_leaves_a_stream_pays_for_what_it_got(
    bench: Bench, upstream: FakeUpstream
) -> None:
    upstream.settings.seconds_per_token = 0.02
    reader, writer = await opened(bench, text="[[tokens 400]]", stream=True, max_tokens=400)
    for _ in range(5):
        await reader.readuntil(b"\n\n")
    writer.transport.abort()
    await settled(bench)

    [entry] = bench.gateway.ledger.entries
    assert entry.call.status == LEFT_BY_CLIENT
    assert entry.call.estimated
    assert 4 <= entry.call.completion_tokens < 200
    assert entry.call.prompt_tokens >= TEMPLATE_TOKENS
    assert bench.gateway.trouble is None
    bench.check_books()
    await upstream_cut(upstream)


async def test_client_that_leaves_a_whole_answer_pays_for_all_it_may_have_used(
    bench: Bench, upstream: FakeUpstream
) -> None:
    _, writer = await opened(bench, text="[[sleep 30]]", max_tokens=77)
    await asked(upstream)
    writer.transport.abort()
    await settled(bench)

    [entry] = bench.gateway.ledger.entries
    assert (entry.call.status, entry.call.completion_tokens) == (LEFT_BY_CLIENT, 77)
    bench.check_books()
    await upstream_cut(upstream)


async def test_client_that_leaves_while_it_waits_pays_nothing(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path, limits=GatewayLimits(concurrency=1)) as bench:
        _, first = await opened(bench, text="[[sleep 0.3]]")
        await asked(upstream)
        _, second = await opened(bench)
        await asyncio.sleep(0.05)
        second.transport.abort()
        await settled(bench)
        first.close()

        assert (await bench.post(chat())).status == 200
        assert len(upstream.requests) == 2


async def test_client_that_does_not_read_is_given_up(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    limits = GatewayLimits(write_seconds=0.2)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        _, writer = await opened(bench, text="[[tokens 16000]]", stream=True, max_tokens=16_000)
        await settled(bench)
        writer.close()

        assert bench.gateway.ledger.entries[0].call.status == LEFT_BY_CLIENT
        bench.check_books()


async def test_calls_are_settled_when_the_gateway_is_closed(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path) as bench:
        _, whole = await opened(bench, text="[[sleep 30]]")
        _, stream = await opened(bench, text="one two [[stall after 1]]", stream=True)
        await asked(upstream, 2)
        await bench.gateway.close()

        statuses = [entry.call.status for entry in bench.gateway.ledger.entries]
        assert statuses == [LEFT_BY_CLIENT] * 2
        assert not bench.socket.exists()
        bench.check_books()
        await bench.gateway.close()
        whole.close()
        stream.close()


async def test_prompt_that_is_cancelled_is_settled(bench: Bench, upstream: FakeUpstream) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await bench.gateway.complete(chat("[[sleep 30]]", max_tokens=5), task_key="t1")

    assert bench.gateway.usage_of("t1").completion_tokens == 5
    assert bench.gateway.trouble is None
    bench.check_books()


async def test_socket_belongs_to_its_owner_alone(bench: Bench) -> None:
    assert bench.socket.stat().st_mode & 0o777 == 0o600


async def settled(bench: Bench) -> None:
    """Wait for the first call to end."""
    async with asyncio.timeout(5):
        while not bench.gateway.ledger.entries:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def asked(upstream: FakeUpstream, calls: int = 1) -> None:
    """Wait until calls have reached the model server."""
    async with asyncio.timeout(5):
        while len(upstream.requests) < calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def upstream_cut(upstream: FakeUpstream) -> None:
    """Wait until the model server knows that nobody waits any more."""
    async with asyncio.timeout(5):
        while not upstream.cut_short:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_socket_that_was_left_behind_is_replaced(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "gateway.sock"))
    left.close()
    async with open_bench(upstream, tmp_path) as bench:
        assert (await bench.post(chat())).status == 200


@pytest.mark.parametrize("folder", ["missing", "long" * 40])
async def test_socket_that_cannot_be_made_is_the_platforms_fault(
    upstream: FakeUpstream, tmp_path: Path, folder: str
) -> None:
    with pytest.raises(PlatformError, match="socket can't be made"):
        async with open_bench(upstream, tmp_path / folder):
            pass
