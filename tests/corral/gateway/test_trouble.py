"""What the platform does wrong: tried again with a bound, then the run's trouble; never charged."""

import asyncio
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from corral.errors import UpstreamUnavailable
from corral.gateway.ledger import Usage
from corral.gateway.upstream import Upstream
from tests.corral.gateway.bench import MODEL, Bench, chat, open_bench, upstream_at
from tests.corral.gateway.odd_server import HEAD, OddServer
from tests.fakes.upstream import FakeUpstream


def check_trouble(bench: Bench) -> None:
    """The platform failed, and nobody pays."""
    assert isinstance(bench.gateway.trouble, UpstreamUnavailable)
    assert bench.gateway.usage() == Usage()
    bench.check_books()


async def read_into(seen: list[str], stream: Any) -> None:
    """Keep what arrives before the stream breaks."""
    async for chunk in stream:
        seen.append(chunk.choices[0].delta.content)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("trouble", ["fail_next", "drop_next"])
async def test_failure_before_a_byte_is_tried_again(
    bench: Bench, upstream: FakeUpstream, trouble: str, stream: bool
) -> None:
    setattr(upstream.settings, trouble, 2)
    reply = await bench.post(chat("one two", stream=stream))

    assert reply.status == 200
    assert bench.gateway.trouble is None
    assert bench.gateway.usage() == Usage(10, 2, 1, 0)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("order", ["[[die]]", "[[status 500]]", "[[status 401]]", "[[status 404]]"])
async def test_failure_that_stays_is_trouble(bench: Bench, order: str, stream: bool) -> None:
    reply = await bench.post(chat(order, stream=stream))

    assert reply.status == 503
    assert reply.headers["x-should-retry"] == "false"
    assert reply.error["type"] == "server_error"
    check_trouble(bench)
    assert bench.gateway.ledger.entries[0].call.status == 503


async def test_server_that_dies_of_a_call_is_not_asked_for_long(
    bench: Bench, upstream: FakeUpstream
) -> None:
    await bench.post(chat("[[die]]"))

    assert len(upstream.requests) == 3


async def test_server_that_is_busy_starting_is_waited_for(
    bench: Bench, upstream: FakeUpstream
) -> None:
    upstream.settings.fail_next, upstream.settings.fail_status = 3, 503

    assert (await bench.post(chat())).status == 200


async def test_server_that_is_started_again_is_found(tmp_path: Path) -> None:
    async with FakeUpstream() as gone:
        pass
    patient = upstream_at(gone.base_url, delays=(0.2, 0.2, 0.2, 0.2))
    async with open_bench(patient, tmp_path) as bench:
        asking = asyncio.create_task(bench.post(chat("1 + 1")))
        await asyncio.sleep(0.1)
        async with FakeUpstream(port=gone.port):
            assert (await asking).status == 200


async def test_server_that_is_not_there_is_trouble(tmp_path: Path) -> None:
    async with open_bench(upstream_at("http://127.0.0.1:9/v1"), tmp_path) as bench:
        with pytest.raises(openai.InternalServerError):
            await bench.ask("hello")
        check_trouble(bench)

        with pytest.raises(UpstreamUnavailable):
            await bench.gateway.complete(chat(), task_key="t1")


async def test_server_that_is_too_slow_is_trouble(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with open_bench(upstream_at(upstream.base_url, idle_seconds=0.2), tmp_path) as bench:
        assert (await bench.post(chat("[[sleep 5]]"))).status == 503
        check_trouble(bench)


@pytest.mark.parametrize("order", ["[[die after 2]]", "[[stall after 2]]"])
async def test_death_in_the_middle_of_a_stream_is_trouble(
    upstream: FakeUpstream, tmp_path: Path, order: str
) -> None:
    async with open_bench(upstream_at(upstream.base_url, idle_seconds=0.3), tmp_path) as bench:
        stream = await bench.client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": f"one two three {order}"}],
            stream=True,
        )
        seen: list[str] = []
        with pytest.raises(openai.APIError):
            await read_into(seen, stream)

        assert "".join(seen) == "one two"
        assert len(upstream.requests) == 1
        check_trouble(bench)


async def test_nothing_is_asked_after_trouble(bench: Bench, upstream: FakeUpstream) -> None:
    await bench.post(chat("[[status 404]]"))
    replies = [await bench.post(chat()) for _ in range(3)]

    assert [reply.status for reply in replies] == [503] * 3
    assert len(upstream.requests) == 1
    assert len(bench.gateway.ledger.entries) == 1


async def test_reply_that_is_no_completion_is_trouble(tmp_path: Path) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_bench(upstream_at(f"http://127.0.0.1:{port}"), tmp_path) as bench:
        assert (await bench.post(chat())).status == 503
        check_trouble(bench)


async def test_mistake_of_our_own_is_trouble(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corral.gateway.calls.merged", lambda *_: 1 / 0)

    assert (await bench.post(chat())).status == 503
    check_trouble(bench)


@pytest.mark.parametrize(
    ("base_url", "address", "root"),
    [
        ("http://h:1", "http://h:1/v1", "http://h:1"),
        ("http://h:1/", "http://h:1/v1", "http://h:1"),
        ("http://h:1/v1/", "http://h:1/v1", "http://h:1"),
        ("https://h/api/openai/v1", "https://h/api/openai/v1", "https://h/api/openai"),
    ],
)
def test_address_is_taken_as_clients_take_it(base_url: str, address: str, root: str) -> None:
    upstream = Upstream(base_url=base_url, model="m", api_key="hidden")

    assert (upstream.address, upstream.root) == (address, root)
    assert "hidden" not in repr(upstream)


EVENT = b'data: {"model":"m","choices":[{"index":0,"delta":{"content":"one"}}]}\n\n'


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("raw", "tries"),
    [
        (b"what is this?\r\n\r\n", 3),  # it may have been a hiccup
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 3),
        (b"HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:6379/\r\nContent-Length: 0\r\n\r\n", 1),
        (HEAD + b"Content-Length: 5\r\n\r\nhello", 1),  # the same call gets the same garbage
        (HEAD + b"Content-Length: 5\r\nContent-Encoding: gzip\r\n\r\nhello", 1),
        (HEAD + b"Content-Length: 9\r\n\r\n\x00\xff\n\ndata:\n\n", 1),
    ],
)
async def test_garbage_is_trouble(tmp_path: Path, raw: bytes, tries: int, stream: bool) -> None:
    odd = OddServer(raw)
    async with odd as upstream, open_bench(upstream, tmp_path) as bench:
        assert (await bench.post(chat(stream=stream))).status == 503
        check_trouble(bench)

    assert odd.requests == tries


async def test_death_in_the_middle_of_a_whole_answer_is_tried_again(tmp_path: Path) -> None:
    odd = OddServer(HEAD + b'Content-Length: 900\r\n\r\n{"choices": [')
    async with odd as upstream, open_bench(upstream, tmp_path) as bench:
        assert (await bench.post(chat())).status == 503
        check_trouble(bench)

    assert odd.requests == 3


@pytest.mark.parametrize(
    "rest",
    [
        b"data: {not json}\n\n",
        b'data: {"error":{"message":"out of memory","code":500}}\n\n',
        b"error: out of memory\n\n",
        b"data: [DON",
        b"",
    ],
)
async def test_garbage_in_the_middle_of_a_stream_is_trouble(tmp_path: Path, rest: bytes) -> None:
    odd = OddServer(HEAD + b"Content-Type: text/event-stream\r\n\r\n" + EVENT + rest)
    async with odd as upstream, open_bench(upstream, tmp_path) as bench:
        reply = await bench.post(chat(stream=True))
        last = reply.body.rstrip().rpartition(b"\n\n")[2].removeprefix(b"data: ")

        assert json.loads(last)["error"]["code"] == "upstream_unavailable"
        check_trouble(bench)

    assert odd.requests == 1


async def test_server_that_is_slow_is_not_asked_twice(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream_at(upstream.base_url, idle_seconds=0.1), tmp_path) as bench:
        assert (await bench.post(chat("[[sleep 5]]"))).status == 503

    assert len(upstream.requests) == 1


async def test_failed_calls_give_back_what_they_had_reserved(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path, tokens=20_000) as bench:
        replies = await asyncio.gather(*[bench.post(chat("[[status 500]]")) for _ in range(8)])

        assert {reply.status for reply in replies} == {503}
        assert bench.budget.tokens_left == 20_000
        check_trouble(bench)
