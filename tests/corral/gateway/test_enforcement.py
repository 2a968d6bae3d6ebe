"""A track's rules in force: what they fix, what they forbid, and how short answers get."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from corral.gateway.ledger import Usage
from corral.gateway.limits import GatewayLimits
from corral.gateway.order import Endpoint
from corral.gateway.rules import CallRules, Reasoning
from tests.corral.gateway.bench import COMPLETIONS, MODEL, Bench, chat, open_bench
from tests.corral.gateway.odd import HEAD, OddServer
from tests.fakes.upstream import FakeUpstream

TOOL = {"type": "function", "function": {"name": "add"}}
FORBIDDEN = CallRules(reasoning=Reasoning.FORBIDDEN)
CAPPED = CallRules(reasoning=Reasoning.CAPPED, reasoning_tokens=6)


@asynccontextmanager
async def under(rules: CallRules, upstream: FakeUpstream, folder: Path) -> AsyncIterator[Bench]:
    async with open_bench(upstream, folder, rules=rules) as bench:
        yield bench


@pytest.mark.parametrize("asked", [{}, {"temperature": 1.5, "seed": 3}])
async def test_fixed_sampling_replaces_what_a_call_asks_for(
    upstream: FakeUpstream, tmp_path: Path, asked: dict[str, Any]
) -> None:
    async with under(CallRules(temperature=0, seed=11), upstream, tmp_path) as bench:
        await bench.post(chat(**asked))
        await bench.post({"model": MODEL, "prompt": "x", **asked}, COMPLETIONS)

    sampling = [(request["temperature"], request["seed"]) for request in upstream.requests]
    assert sampling == [(0, 11), (0, 11)]


async def test_fixed_sampling_holds_for_prompts_too(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with under(CallRules(temperature=0.25), upstream, tmp_path) as bench:
        await bench.gateway.complete(chat(temperature=2), task_key="t1")

    assert upstream.requests[0]["temperature"] == 0.25


@pytest.mark.parametrize(
    "fields", [{"tools": [TOOL]}, {"tool_choice": "auto"}, {"parallel_tool_calls": True}]
)
async def test_forbidden_tools_are_refused_by_field(
    upstream: FakeUpstream, tmp_path: Path, fields: dict[str, Any]
) -> None:
    [field] = fields
    async with under(CallRules(tools=False), upstream, tmp_path) as bench:
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
    async with under(CallRules(context_tokens=100), upstream, tmp_path) as bench:
        reply = await bench.post(chat("[[tokens 900]] " + "word " * 50, stream=stream))
        usage = bench.gateway.usage()

    assert reply.status == 200
    assert b'"finish_reason":"length"' in reply.body
    assert usage.prompt_tokens + usage.completion_tokens <= 100
    assert usage.completion_tokens > 15


async def test_call_that_fits_the_context_is_left_alone(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with under(CallRules(context_tokens=2000), upstream, tmp_path) as bench:
        await bench.post(chat("hello"))

    assert upstream.requests[0]["max_tokens"] == 1024


@pytest.mark.parametrize("tokenizer", [False, True])
async def test_prompt_beyond_the_context_is_refused(
    upstream: FakeUpstream, tmp_path: Path, tokenizer: bool
) -> None:
    upstream.settings.tokenizer = tokenizer
    async with under(CallRules(context_tokens=100), upstream, tmp_path) as bench:
        with pytest.raises(openai.BadRequestError) as refused:
            await bench.ask("word " * 100)
        assert bench.gateway.usage() == Usage()

    assert refused.value.code == "context_length_exceeded"
    assert "this track's context limit is 100 tokens" in refused.value.message
    assert upstream.requests == []


async def test_text_prompt_beyond_the_context_names_its_field(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with under(CallRules(context_tokens=100), upstream, tmp_path) as bench:
        reply = await bench.post({"model": MODEL, "prompt": "word " * 100}, COMPLETIONS)

    assert reply.error["param"] == "prompt"


# Reasoning.


async def test_server_is_told_that_reasoning_is_forbidden(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with under(FORBIDDEN, upstream, tmp_path) as bench:
        assert await bench.ask("[[think 30]] one", reasoning_effort="none") == "one"
        assert bench.gateway.usage().reasoning_tokens == 0

    [request] = upstream.requests
    assert request["chat_template_kwargs"] == {"enable_thinking": False}
    assert request["thinking_budget_tokens"] == 0


async def test_server_is_told_the_cap_of_reasoning(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with under(CAPPED, upstream, tmp_path) as bench:
        assert await bench.ask("[[think 30]] one", reasoning_effort="high") == "one"
        assert bench.gateway.usage().reasoning_tokens == 6
        assert bench.gateway.cut_reasoning_keys == set()


async def test_asking_for_forbidden_reasoning_is_refused(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with under(FORBIDDEN, upstream, tmp_path) as bench:
        reply = await bench.post(chat(reasoning_effort="low"))

    assert (reply.status, reply.error["param"]) == (400, "reasoning_effort")
    assert reply.error["message"] == (
        "'reasoning_effort' must be none: this track's rules forbid reasoning."
    )


@pytest.mark.parametrize("rules", [FORBIDDEN, CAPPED])
async def test_plain_completions_can_hide_no_reasoning(
    upstream: FakeUpstream, tmp_path: Path, rules: CallRules
) -> None:
    async with under(rules, upstream, tmp_path) as bench:
        reply = await bench.post({"model": MODEL, "prompt": "<think>"}, COMPLETIONS)

    assert (reply.status, reply.error["param"]) == (400, "prompt")
    assert upstream.requests == []


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("report", [False, True])
async def test_reasoning_in_spite_of_the_ban_is_withheld_and_counts(
    upstream: FakeUpstream, tmp_path: Path, report: bool, stream: bool
) -> None:
    upstream.settings.obeys = False
    upstream.settings.report_reasoning = report
    async with under(FORBIDDEN, upstream, tmp_path) as bench:
        reply = await bench.post(chat("[[think 30]] secret", stream=stream))
        usage = bench.gateway.usage()
        bench.check_books()

    assert b'"code":"reasoning_forbidden"' in reply.body
    assert b"secret" not in reply.body.replace(b"[[think 30]] secret", b"")
    assert bench.gateway.ledger.entries[0].call.status == 400
    assert usage.calls == 1
    assert usage.reasoning_tokens > 4
    assert usage.completion_tokens >= usage.reasoning_tokens
    assert bench.gateway.trouble is None


async def test_ban_is_a_bad_request_to_the_stock_client(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.obeys = False
    async with under(FORBIDDEN, upstream, tmp_path) as bench:
        with pytest.raises(openai.BadRequestError) as refused:
            await bench.ask("[[think 30]] one")
        assert bench.gateway.usage() == Usage(11, 31, 1, 0, 30)

    assert refused.value.code == "reasoning_forbidden"


async def test_marks_of_an_empty_thought_are_let_pass(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.obeys = False
    async with under(FORBIDDEN, upstream, tmp_path) as bench:
        assert await bench.ask("[[think 2]] one") == "one"


async def test_reasoning_over_the_cap_cuts_the_answer(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.obeys = False
    async with under(CAPPED, upstream, tmp_path) as bench:
        bench.gateway.in_flight.add("t1")
        reply = await bench.post(chat("[[think 30]] one"))

        [choice] = reply.json()["choices"]
        assert choice["finish_reason"] == "length"
        assert choice["message"]["content"] == ""
        assert 0 < len(choice["message"]["reasoning_content"].split()) <= 7
        assert bench.gateway.usage() == Usage(11, 31, 1, 0, 30)
        assert bench.gateway.cut_reasoning_keys == {"t1"}
        bench.check_books()


async def test_reasoning_over_the_cap_ends_the_stream(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.obeys = False
    upstream.settings.seconds_per_token = 0.005
    upstream.settings.tokenizer = True
    async with under(CAPPED, upstream, tmp_path) as bench:
        stream = await bench.client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "[[think 900]] one"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        [entry] = bench.gateway.ledger.entries
        bench.check_books()

    assert chunks[-2].choices[0].finish_reason == "length"
    assert all(not chunk.choices[0].delta.content for chunk in chunks[:-1])
    assert chunks[-1].usage.completion_tokens == 11
    assert (entry.call.reasoning_tokens, entry.call.estimated) == (11, True)
    assert entry.call.prompt_tokens < 50  # by the tokenizer, not the bound
    assert upstream.cut_short == 1


async def test_shown_reasoning_that_is_not_reported_is_measured(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    """An answer is cut by the tokenizer's count, not by a guess."""
    upstream.settings.obeys = False
    upstream.settings.report_reasoning = False
    upstream.settings.tokenizer = True
    rules = CallRules(reasoning=Reasoning.CAPPED, reasoning_tokens=20)
    async with under(rules, upstream, tmp_path) as bench:
        assert await bench.ask(f"[[think 10]] [[say {'x' * 2}]]") == "xx"
        reply = await bench.post(chat("[[think 30]] one"))

    assert reply.json()["choices"][0]["finish_reason"] == "length"


async def test_cut_stream_costs_no_more_than_was_reserved(tmp_path: Path) -> None:
    """Though its server sends more events than the call may have tokens."""
    events = [b'data: {"model":"m","choices":[{"index":0,"delta":{"role":"assistant"}}]}']
    events += [b'data: {"model":"m","choices":[{"index":0,"delta":{"reasoning":"x"}}]}'] * 40
    odd = OddServer(HEAD + b"Content-Type: text/event-stream\r\n\r\n" + b"\n\n".join(events))
    async with odd as there, open_bench(there, tmp_path, tokens=300, rules=CAPPED) as bench:
        reply = await bench.post(chat(stream=True, max_tokens=12))

        assert b'"finish_reason":"length"' in reply.body
        assert bench.gateway.usage().completion_tokens == 12
        assert bench.budget.used_tokens <= 300
        bench.check_books()


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
    async with under(CallRules(calls_per_minute=2), upstream, tmp_path) as bench:
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
    async with under(CallRules(calls_per_minute=1), upstream, tmp_path) as bench:
        assert (await bench.post(chat(temperature=9))).status == 400
        assert (await bench.post(chat())).status == 200


async def test_prompts_wait_for_their_turn(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with under(CallRules(calls_per_minute=1200), upstream, tmp_path) as bench:
        for _ in range(1200):
            bench.gateway.order(Endpoint.CHAT, chat())
        reply: Any = await bench.gateway.complete(chat("1 + 1"), task_key="t1")

    assert reply["choices"][0]["message"]["content"] == "2"
