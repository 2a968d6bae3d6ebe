"""Clients that trickle, stall or crowd: bounded by the limits, and nobody else is kept waiting."""

import asyncio
import json
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from corral.gateway.limits import GatewayLimits
from tests.corral.gateway.bench import Bench, chat, open_bench
from tests.corral.gateway.raw import GOOD_BODY, request, sized, visit
from tests.fakes.upstream import FakeUpstream


async def trickle(bench: Bench, sent: bytes, *, every: float = 0.02) -> bytes:
    """Send byte by byte until the gateway has had enough; what it said."""
    reader, writer = await asyncio.open_unix_connection(bench.socket)

    async def send() -> None:
        for index in range(len(sent)):
            writer.write(sent[index : index + 1])
            await asyncio.sleep(every)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        sending.cancel()
        writer.transport.abort()


async def whole_reply(reader: asyncio.StreamReader) -> None:
    """Read one reply to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]
    await reader.readexactly(int(length))


async def test_head_that_trickles_is_cut_off(upstream: FakeUpstream, tmp_path: Path) -> None:
    limits = GatewayLimits(header_seconds=0.2)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        slow = [asyncio.create_task(trickle(bench, request(b"X: " + b"a" * 999))) for _ in range(9)]

        assert (await bench.post(chat())).status == 200
        assert await asyncio.gather(*slow) == [b""] * 9


async def test_head_that_trickles_after_a_good_call_is_cut_off(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    limits = GatewayLimits(header_seconds=0.2)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        reader, writer = await asyncio.open_unix_connection(bench.socket)
        writer.write(request(sized()))
        await whole_reply(reader)
        writer.write(b"POST /v1")
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()


async def test_kept_connection_is_not_cut_between_calls_nor_while_one_runs(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    limits = GatewayLimits(header_seconds=0.05)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        reader, writer = await asyncio.open_unix_connection(bench.socket)
        for text in ("1 + 1", "[[sleep 0.2]]", "2 + 2"):
            body = json.dumps(chat(text)).encode()
            writer.write(request(sized(body), body=body))
            await whole_reply(reader)
            await asyncio.sleep(0.1)
        writer.close()

        assert bench.gateway.usage().calls == 3


async def test_connection_that_says_nothing_is_closed(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path, limits=GatewayLimits(idle_seconds=0.1)) as bench:
        assert (await visit(bench.socket, b"", quiet_seconds=5)).closed


async def test_body_that_trickles_is_refused(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with open_bench(upstream, tmp_path, limits=GatewayLimits(body_seconds=0.2)) as bench:
        seen = await visit(bench.socket, request(sized(), body=GOOD_BODY[:9]), quiet_seconds=5)

        assert (seen.statuses, seen.closed) == ([408], True)
        assert upstream.requests == []


async def test_client_that_does_not_read_a_whole_answer_is_given_up(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    limits = GatewayLimits(write_seconds=0.2)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        body = json.dumps(chat(f"[[say {'a' * 900_000}]]")).encode()
        reader, writer = await asyncio.open_unix_connection(bench.socket, limit=1024)
        writer.write(request(sized(body), body=body))
        await asyncio.sleep(0.4)
        read = 0
        with suppress(ConnectionError):
            while piece := await reader.read(65_536):
                read += len(piece)
        writer.close()

        assert 0 < read < 900_000
        assert bench.gateway.usage().calls == 1
        bench.check_books()


async def test_connection_too_many_is_turned_away(upstream: FakeUpstream, tmp_path: Path) -> None:
    limits = GatewayLimits(most_connections=3)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        held = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for one in held:
            one.connect(str(bench.socket))
        await asyncio.sleep(0.05)
        seen = await visit(bench.socket, b"", quiet_seconds=5)

        assert (seen.statuses, seen.closed) == ([503], True)
        assert seen.error["message"] == "This run may have 3 connections at once."
        for one in held:
            one.close()
        await asyncio.sleep(0.05)
        assert (await bench.post(chat())).status == 200


@pytest.mark.parametrize("headers", [65, 200])
async def test_too_many_headers_are_refused(bench: Bench, headers: int) -> None:
    many = [b"X-%d: 1" % index for index in range(headers)]

    assert (await visit(bench.socket, request(sized(), *many))).statuses == [400]
