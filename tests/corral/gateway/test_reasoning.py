"""Reasoning that a track forbids or caps: what servers are told, and what becomes of answers."""

from pathlib import Path

import openai
import pytest

from corral.gateway.ledger import Usage
from corral.gateway.rules import CallRules, Reasoning
from tests.corral.gateway.bench import COMPLETIONS, MODEL, chat, open_bench, ruled_bench
from tests.corral.gateway.odd_server import HEAD, OddServer
from tests.fakes.upstream import FakeUpstream

FORBIDDEN = CallRules(reasoning=Reasoning.FORBIDDEN)
CAPPED = CallRules(reasoning=Reasoning.CAPPED, reasoning_tokens=6)


async def test_server_is_told_that_reasoning_is_forbidden(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with ruled_bench(FORBIDDEN, upstream, tmp_path) as bench:
        assert await bench.ask("[[think 30]] one", reasoning_effort="none") == "one"
        assert bench.gateway.usage().reasoning_tokens == 0

    [request] = upstream.requests
    assert request["chat_template_kwargs"] == {"enable_thinking": False}
    assert request["thinking_budget_tokens"] == 0


async def test_server_is_told_the_cap_of_reasoning(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with ruled_bench(CAPPED, upstream, tmp_path) as bench:
        assert await bench.ask("[[think 30]] one", reasoning_effort="high") == "one"
        assert bench.gateway.usage().reasoning_tokens == 6
        assert bench.gateway.cut_reasoning_keys == set()


async def test_asking_for_forbidden_reasoning_is_refused(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with ruled_bench(FORBIDDEN, upstream, tmp_path) as bench:
        reply = await bench.post(chat(reasoning_effort="low"))

    assert (reply.status, reply.error["param"]) == (400, "reasoning_effort")
    assert reply.error["message"] == (
        "'reasoning_effort' must be none: this track's rules forbid reasoning."
    )


@pytest.mark.parametrize("rules", [FORBIDDEN, CAPPED])
async def test_plain_completions_can_hide_no_reasoning(
    upstream: FakeUpstream, tmp_path: Path, rules: CallRules
) -> None:
    async with ruled_bench(rules, upstream, tmp_path) as bench:
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
    async with ruled_bench(FORBIDDEN, upstream, tmp_path) as bench:
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
    async with ruled_bench(FORBIDDEN, upstream, tmp_path) as bench:
        with pytest.raises(openai.BadRequestError) as refused:
            await bench.ask("[[think 30]] one")
        assert bench.gateway.usage() == Usage(11, 31, 1, 0, 30)

    assert refused.value.code == "reasoning_forbidden"


async def test_marks_of_an_empty_thought_are_let_pass(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.obeys = False
    async with ruled_bench(FORBIDDEN, upstream, tmp_path) as bench:
        assert await bench.ask("[[think 2]] one") == "one"


async def test_reasoning_over_the_cap_cuts_the_answer(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.settings.obeys = False
    async with ruled_bench(CAPPED, upstream, tmp_path) as bench:
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
    async with ruled_bench(CAPPED, upstream, tmp_path) as bench:
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
    """An answer is cut by the tokenizer's count, not by a guess (which is 31 tokens here)."""
    upstream.settings.obeys = False
    upstream.settings.report_reasoning = False
    upstream.settings.tokenizer = True
    rules = CallRules(reasoning=Reasoning.CAPPED, reasoning_tokens=25)
    async with ruled_bench(rules, upstream, tmp_path) as bench:
        answer = "a " * 59 + "a"
        assert await bench.ask(f"[[think 21]] [[say {answer}]]") == answer
        reply = await bench.post(chat(f"[[think 22]] [[say {answer}]]"))

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
