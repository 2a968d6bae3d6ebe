"""Vectors of texts, where the model makes them: answered, counted, refused by field."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from corral.gateway.ledger import Usage
from corral.gateway.rules import CallRules, Reasoning
from tests.corral.gateway.bench import EMBEDDINGS, MODEL, Bench, open_bench, upstream_at
from tests.fakes.shapes import vector_of
from tests.fakes.upstream import MODEL_PATH, FakeUpstream


@pytest.fixture
async def vectors(upstream: FakeUpstream, tmp_path: Path) -> AsyncIterator[Bench]:
    """A gateway of a model that makes them."""
    async with open_bench(upstream, tmp_path, embeddings=True) as bench:
        yield bench


async def test_stock_client_gets_a_vector_for_each_text(vectors: Bench) -> None:
    reply = await vectors.client.embeddings.create(model=MODEL, input=["one two", "three"])

    assert [item.embedding for item in reply.data] == [
        vector_of("one two", 8),
        vector_of("three", 8),
    ]
    assert [item.index for item in reply.data] == [0, 1]
    assert (reply.model, reply.usage.prompt_tokens, reply.usage.total_tokens) == (MODEL, 11, 11)
    assert vectors.gateway.usage() == Usage(11, 0, 1)
    vectors.check_books()


@pytest.mark.parametrize("encoding", ["float", "base64"])
async def test_stock_client_chooses_encoding_and_dimensions(
    vectors: Bench, upstream: FakeUpstream, encoding: Any
) -> None:
    reply = await vectors.client.embeddings.create(
        model=MODEL, input="one", encoding_format=encoding, dimensions=3
    )
    raw = await vectors.post({"model": MODEL, "input": "one", "encoding_format": encoding})

    assert upstream.requests[0]["encoding_format"] == encoding
    assert len(reply.data[0].embedding) in (3, 16)  # base64 that was asked for is left as it is
    assert raw.status == 400  # that is no chat


async def test_call_is_written_down(vectors: Bench, upstream: FakeUpstream) -> None:
    reply = await vectors.post({"model": MODEL, "input": "one", "user": "u"}, EMBEDDINGS)

    assert upstream.requests == [{"model": MODEL_PATH, "input": "one"}]
    assert MODEL_PATH.encode() not in reply.body
    [entry] = vectors.gateway.ledger.since(0)
    assert (entry.call.path, entry.call.build) == (EMBEDDINGS, "fake-1")
    assert entry.response == reply.body


async def test_texts_without_usage_cost_their_bound(upstream: FakeUpstream, tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"data":[{"embedding":[1]}]}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    upstream_there = upstream_at(f"http://127.0.0.1:{port}")
    async with server, open_bench(upstream_there, tmp_path, embeddings=True) as bench:
        assert (await bench.post({"model": MODEL, "input": "one"}, EMBEDDINGS)).status == 200
        [entry] = bench.gateway.ledger.entries
        assert entry.call.estimated
        assert entry.call.prompt_tokens > 3
        reply = await bench.post({"model": MODEL, "input": ["one", "two"]}, EMBEDDINGS)
        assert reply.status == 503  # one vector is missing
        bench.check_books()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"input": ""}, "'input' must be a string, or 1 to 256 strings, none of them empty."),
        ({"input": []}, "'input' must be a string, or 1 to 256 strings, none of them empty."),
        ({"input": ["x"] * 257}, "'input' must be a string, or 1 to 256 strings"),
        ({"input": [[1, 2]]}, "'input' must be a string, or 1 to 256 strings"),
        ({}, "You must provide an input."),
        ({"input": "x", "encoding_format": "hex"}, "'encoding_format' must be one of float, base6"),
        ({"input": "x", "dimensions": 0}, "'dimensions' must be a whole number from 1 to 65536."),
        ({"input": "x", "stream": True}, "Unrecognized request argument supplied: 'stream'"),
        ({"input": "x", "messages": []}, "Unrecognized request argument supplied: 'messages'"),
    ],
)
async def test_bad_field_is_named(
    vectors: Bench, upstream: FakeUpstream, fields: dict[str, Any], rule: str
) -> None:
    reply = await vectors.post({"model": MODEL, **fields}, EMBEDDINGS)

    assert reply.status == 400
    assert reply.error["message"].startswith(rule)
    assert upstream.requests == []


async def test_budget_is_kept(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with open_bench(upstream, tmp_path, embeddings=True, tokens=400) as bench:
        body = {"model": MODEL, "input": ["word " * 8] * 4}
        replies = await asyncio.gather(*[bench.post(body, EMBEDDINGS) for _ in range(20)])

        assert {reply.status for reply in replies} == {200, 429}
        assert bench.budget.used_tokens <= 400
        bench.check_books()


async def test_rules_for_answers_leave_vectors_alone(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    rules = CallRules(
        temperature=0, seed=1, context_tokens=1, tools=False, reasoning=Reasoning.FORBIDDEN
    )
    async with open_bench(upstream, tmp_path, embeddings=True, rules=rules) as bench:
        reply = await bench.post({"model": MODEL, "input": "one two"}, EMBEDDINGS)

    assert reply.status == 200
    assert upstream.requests == [{"model": MODEL_PATH, "input": "one two"}]


async def test_model_without_vectors_has_no_such_address(bench: Bench) -> None:
    reply = await bench.post({"model": MODEL, "input": "one"}, EMBEDDINGS)

    assert (reply.status, reply.error["code"]) == (404, "unknown_url")
