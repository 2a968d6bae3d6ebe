"""Calls by the stock client and by plain HTTP, answered and counted."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from corral.gateway.bodies import BODY_BYTES
from corral.gateway.ledger import Usage
from corral.gateway.limits import GatewayLimits
from tests.corral.gateway.bench import CHAT, COMPLETIONS, MODEL, Bench, chat, open_bench
from tests.fakes.upstream import MODEL_PATH, FakeUpstream


async def streamed(bench: Bench, text: str, **fields: Any) -> list[Any]:
    """The chunks of a streamed answer, by the stock client."""
    stream = await bench.client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": text}], stream=True, **fields
    )
    return [chunk async for chunk in stream]


def content_of(chunks: list[Any], choice: int = 0) -> str:
    return "".join(
        c.delta.content or "" for chunk in chunks for c in chunk.choices if c.index == choice
    )


async def test_stock_client_is_answered(bench: Bench) -> None:
    completion = await bench.client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "What is 12 + 30?"}], max_tokens=8
    )

    assert completion.choices[0].message.content == "42"
    assert completion.model == MODEL
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (13, 1)
    assert bench.gateway.usage() == Usage(13, 1, 1, 0)
    bench.check_books()


async def test_stock_client_streams(bench: Bench) -> None:
    chunks = await streamed(bench, "one two three")

    assert content_of(chunks) == "one two three"
    assert {chunk.model for chunk in chunks} == {MODEL}
    assert [chunk.usage for chunk in chunks] == [None] * 4
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert bench.gateway.usage() == Usage(11, 3, 1, 0)
    bench.check_books()


async def test_stream_ends_with_usage_when_asked(bench: Bench) -> None:
    chunks = await streamed(bench, "one two", stream_options={"include_usage": True})

    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 12
    assert bench.gateway.usage() == Usage(10, 2, 1, 0)


async def test_stream_is_settled_before_its_end_is_seen(bench: Bench) -> None:
    stream = await bench.client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "one two"}], stream=True
    )
    async for chunk in stream:
        if chunk.choices[0].finish_reason:
            assert bench.gateway.usage().calls == 1
    assert bench.gateway.usage().calls == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_text_completions_are_answered(bench: Bench, stream: bool) -> None:
    reply = await bench.post(
        {"model": MODEL, "prompt": ["say this"], "max_tokens": 9, "stream": stream}, COMPLETIONS
    )

    assert reply.status == 200
    assert b"say" in reply.body
    assert MODEL_PATH.encode() not in reply.body
    assert bench.gateway.usage() == Usage(10, 2, 1, 0)


@pytest.mark.parametrize("stream", [False, True])
async def test_choices_are_all_counted(bench: Bench, upstream: FakeUpstream, stream: bool) -> None:
    body = chat("one two three", n=3, seed=5, stream=stream)
    reply = await bench.post(body)

    assert reply.status == 200
    assert bench.gateway.usage() == Usage(11, 9, 1, 0)
    assert [request["seed"] for request in upstream.requests] == [5, 6, 7]
    if not stream:
        assert [choice["index"] for choice in reply.json()["choices"]] == [0, 1, 2]
        assert reply.json()["usage"]["total_tokens"] == 20


async def test_choices_of_a_stream_come_one_after_another(bench: Bench) -> None:
    chunks = await streamed(bench, "one two", n=2)

    assert [content_of(chunks, choice) for choice in (0, 1)] == ["one two", "one two"]
    assert len({chunk.id for chunk in chunks}) == 1


async def test_nothing_of_the_host_is_in_replies(bench: Bench) -> None:
    models = await bench.request("GET", "/v1/models", headers={})
    whole = await bench.post(chat())
    stream = await bench.post(chat(stream=True, stream_options={"include_usage": True}))
    broken = await bench.post(chat("[[status 400]]"))

    assert [model["id"] for model in models.json()["data"]] == [MODEL]
    for reply in (models, whole, stream, broken):
        assert b"/srv" not in reply.body
        assert b"cached_tokens" not in reply.body
        assert b"timings" not in reply.body
        assert reply.headers.get("Server") == "corral"
    assert set(whole.headers) == {"Content-Type", "Content-Length", "Server", "Date"}


async def test_upstream_gets_its_own_model_name_and_key_and_nothing_odd(
    bench: Bench, upstream: FakeUpstream
) -> None:
    await bench.post(chat(user="u", store=True, temperature=None), CHAT, Cookie="a=b")

    [request] = upstream.requests
    assert request == {
        "model": MODEL_PATH,
        "messages": [{"role": "user", "content": "hello there"}],
        "max_tokens": 1024,
    }
    [headers] = upstream.headers
    assert headers["Authorization"] == "Bearer upstream-secret"
    assert "Cookie" not in headers


async def test_call_belongs_to_the_only_task_in_flight(bench: Bench) -> None:
    bench.gateway.in_flight.add("t1")
    await bench.ask("one")

    assert bench.gateway.usage_of("t1") == Usage(9, 1, 1, 0)


async def test_call_belongs_to_the_task_that_it_names(bench: Bench) -> None:
    bench.gateway.in_flight.update({"t1", "t2"})
    await bench.ask("one", extra_headers={"X-Corral-Task": "t2"})
    await bench.ask("one", extra_headers={"X-Corral-Task": "t3"})
    await bench.ask("one")

    assert bench.gateway.usage_of("t1") == Usage()
    assert bench.gateway.usage_of("t2") == Usage(9, 1, 1, 0)
    assert [entry.call.task_key for entry in bench.gateway.ledger.entries] == ["t2", None, None]
    assert bench.gateway.usage().calls == 3


async def test_call_keeps_the_task_that_was_in_flight_when_it_came(
    bench: Bench, upstream: FakeUpstream
) -> None:
    upstream.settings.seconds_per_token = 0.05
    bench.gateway.in_flight.add("t1")
    async for _ in await bench.client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "one two"}], stream=True
    ):
        bench.gateway.in_flight.clear()

    assert bench.gateway.usage_of("t1").calls == 1


async def test_prompt_is_completed_in_process(bench: Bench) -> None:
    reply: Any = await bench.gateway.complete(chat("3 * 4", stream=True), task_key="t9")

    assert reply["choices"][0]["message"]["content"] == "12"
    assert reply["model"] == MODEL
    assert bench.gateway.usage_of("t9").calls == 1
    bench.check_books()


async def test_calls_wait_for_a_free_slot(upstream: FakeUpstream, tmp_path: Path) -> None:
    upstream.settings.latency = 0.02
    async with open_bench(upstream, tmp_path, limits=GatewayLimits(concurrency=3)) as bench:
        answers = await asyncio.gather(*[bench.ask(f"{n} + 1") for n in range(20)])

    assert answers == [str(n + 1) for n in range(20)]
    assert upstream.most_at_once == 3


async def test_stock_client_lists_the_models(bench: Bench) -> None:
    assert [model.id async for model in bench.client.models.list()] == [MODEL]


async def test_stock_client_with_another_key_is_refused(bench: Bench) -> None:
    with pytest.raises(openai.AuthenticationError):
        await bench.client.with_options(api_key="another").models.list()


@pytest.mark.parametrize("stream", [False, True])
async def test_call_is_written_down_with_its_bodies(
    bench: Bench, upstream: FakeUpstream, stream: bool
) -> None:
    reply = await bench.post(chat("one two", n=2, stream=stream))

    [entry] = bench.gateway.ledger.since(0)
    assert entry.response == reply.body
    assert entry.request is not None
    assert [json.loads(line) for line in entry.request.split(b"\n")] == upstream.requests
    assert entry.call.build == "fake-1"


async def test_huge_answer_is_written_down_by_its_digest(bench: Bench) -> None:
    reply = await bench.post(chat(f"[[say {'x' * 700_000}]]", n=7))

    [entry] = bench.gateway.ledger.since(0)
    assert len(reply.body) > BODY_BYTES
    assert entry.response is None
    assert entry.call.response_digest == hashlib.sha256(reply.body).hexdigest()


@pytest.mark.parametrize("stream", [False, True])
async def test_reasoning_is_counted_as_a_part_of_the_answer(bench: Bench, stream: bool) -> None:
    options = {"stream_options": {"include_usage": True}} if stream else {}
    reply = await bench.post(chat("[[think 3]] one two", stream=stream, **options))

    assert b'"completion_tokens_details":{"reasoning_tokens":3}' in reply.body
    assert bench.gateway.usage() == Usage(12, 5, 1, 0, 3)
