"""A track's rules in force: what they fix, what they forbid, and how short answers get."""

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest

from corral.gateway.ledger import Usage
from corral.gateway.limits import GatewayLimits
from corral.gateway.order import Endpoint
from corral.gateway.rules import CallRules
from tests.corral.gateway.bench import COMPLETIONS, MODEL, chat, open_bench, ruled_bench
from tests.fakes.upstream import FakeUpstream

TOOL = {"type": "function", "function": {"name": "add"}}


@pytest.mark.parametrize("asked", [{}, {"temperature": 1.5, "seed": 3}])
async def test_fixed_sampling_replaces_what_a_call_asks_for(
    upstream: FakeUpstream, tmp_path: Path, asked: dict[str, Any]
) -> None:
    async with ruled_bench(CallRules(temperature=0, seed=11), upstream, tmp_path) as bench:
        await bench.post(chat(**asked))
        await bench.post({"model": MODEL, "prompt": "x", **asked}, COMPLETIONS)

    sampling = [(request["temperature"], request["seed"]) for request in upstream.requests]
    assert sampling == [(0, 11), (0, 11)]


async def test_fixed_sampling_holds_for_prompts_too(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with ruled_bench(CallRules(temperature=0.25), upstream, tmp_path) as bench:
        await bench.gateway.complete(chat(temperature=2), task_key="t1")

    assert upstream.requests[0]["temperature"] == 0.25


@pytest.mark.parametrize(
    "fields", [{"tools": [TOOL]}, {"tool_choice": "auto"}, {"parallel_tool_calls": True}]
)
async def test_forbidden_tools_are_refused_by_field(
    upstream: FakeUpstream, tmp_path: Path, fields: dict[str, Any]
) -> None:
    [field] = fields
    async with ruled_bench(CallRules(tools=False), upstream, tmp_path) as bench:
        reply = await bench.post(chat(**fields))

    assert (reply.status, reply.error["param"]) == (400, field)
    assert reply.error["message"] == f"'{field}' may not be used: this track's rules forbid tools."
    assert upstream.requests == []


# The context limit: the fake's words are tokens, and its template has 8.


@pytest.mark.parametrize("server", ["tokenizer", "vllm"])
@pytest.mark.parametrize("stream", [False, True])
async def test_answer_is_shortened_to_the_context(
    upstream: FakeUpstream, tmp_path: Path, server: str, stream: bool
) -> None:
    setattr(upstream.settings, server, True)
    async with ruled_bench(CallRules(context_tokens=100), upstream, tmp_path) as bench:
        reply = await bench.post(chat("[[tokens 900]] " + "word " * 50, stream=stream))
        usage = bench.gateway.usage()

    assert reply.status == 200
    assert b'"finish_reason":"length"' in reply.body
    assert usage.prompt_tokens + usage.completion_tokens <= 100
    assert usage.completion_tokens > 15


async def test_call_that_fits_the_context_is_left_alone(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with ruled_bench(CallRules(context_tokens=2000), upstream, tmp_path) as bench:
        await bench.post(chat("hello"))

    assert upstream.requests[0]["max_tokens"] == 1024


@pytest.mark.parametrize("tokenizer", [False, True])
async def test_prompt_beyond_the_context_is_refused(
    upstream: FakeUpstream, tmp_path: Path, tokenizer: bool
) -> None:
    upstream.settings.tokenizer = tokenizer
    async with ruled_bench(CallRules(context_tokens=100), upstream, tmp_path) as bench:
        with pytest.raises(openai.BadRequestError) as refused:
            await bench.ask("word " * 100)
        assert bench.gateway.usage() == Usage()

    assert refused.value.code == "context_length_exceeded"
    assert "this track's context limit is 100 tokens" in refused.value.message
    assert upstream.requests == []


async def test_text_prompt_beyond_the_context_names_its_field(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with ruled_bench(CallRules(context_tokens=100), upstream, tmp_path) as bench:
        reply = await bench.post({"model": MODEL, "prompt": "word " * 100}, COMPLETIONS)

    assert reply.error["param"] == "prompt"


# How many, and how fast.


async def test_rules_bound_the_calls_at_once(upstream: FakeUpstream, tmp_path: Path) -> None:
    upstream.settings.latency = 0.02
    rules, limits = CallRules(concurrency=3), GatewayLimits(concurrency=1)
    async with open_bench(upstream, tmp_path, rules=rules, limits=limits) as bench:
        await asyncio.gather(*[bench.ask(f"{n} + 1") for n in range(12)])

    assert upstream.most_at_once == 3


async def test_call_too_soon_is_a_429_that_says_when(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with ruled_bench(CallRules(calls_per_minute=2), upstream, tmp_path) as bench:
        replies = [await bench.post(chat()) for _ in range(3)]

        assert [reply.status for reply in replies] == [200, 200, 429]
        assert replies[2].error["code"] == "rate_limit_exceeded"
        assert replies[2].error["message"] == (
            "This track's rules allow 2 calls a minute; try again in 30 s."
        )
        assert replies[2].headers["Retry-After"] == "30"
        assert replies[2].headers["x-should-retry"] == "true"
        assert bench.gateway.usage().refused == 0  # nobody's budget was at fault
        bench.client.max_retries = 0
        with pytest.raises(openai.RateLimitError):
            await bench.ask("hello")


async def test_refused_call_takes_nothing_of_the_rate(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with ruled_bench(CallRules(calls_per_minute=1), upstream, tmp_path) as bench:
        assert (await bench.post(chat(temperature=9))).status == 400
        assert (await bench.post(chat())).status == 200


async def test_prompts_wait_for_their_turn(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with ruled_bench(CallRules(calls_per_minute=1200), upstream, tmp_path) as bench:
        for _ in range(1200):
            bench.gateway.order(Endpoint.CHAT, chat())
        reply: Any = await bench.gateway.complete(chat("1 + 1"), task_key="t1")

    assert reply["choices"][0]["message"]["content"] == "2"
