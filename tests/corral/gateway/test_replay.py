"""A recorded ledger in the place of the model: the same bytes, the same books, and it says so."""

import asyncio
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest

from corral.errors import UpstreamUnavailable
from corral.gateway.ledger import Entry, Ledger, Source
from corral.gateway.packs import pack_entries, unpack_entries
from corral.gateway.recording import Recording
from corral.gateway.rules import CallRules, Reasoning
from tests.corral.gateway.bench import COMPLETIONS, EMBEDDINGS, MODEL, Bench, chat, open_bench
from tests.corral.gateway.test_ledger import CALL
from tests.fakes.upstream import FakeUpstream

TOOL = {"type": "function", "function": {"name": "add"}}
USAGE = {"stream_options": {"include_usage": True}}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", chat("1 + 1")),
    ("/v1/chat/completions", chat("one two three", stream=True)),
    ("/v1/chat/completions", chat("one two three", stream=True, **USAGE)),
    ("/v1/chat/completions", chat("one two", n=3, seed=4)),
    ("/v1/chat/completions", chat("one two", n=2, stream=True, **USAGE)),
    ("/v1/chat/completions", chat("[[call add {}]]", tools=[TOOL])),
    ("/v1/chat/completions", chat("[[think 3]] one", logprobs=True)),
    ("/v1/chat/completions", chat("[[status 400]]")),
    ("/v1/chat/completions", chat("[[status 422]]", stream=True)),
    (COMPLETIONS, {"model": MODEL, "prompt": "one two"}),
    (COMPLETIONS, {"model": MODEL, "prompt": "one two", "stream": True}),
    (EMBEDDINGS, {"model": MODEL, "input": ["one", "two"], "encoding_format": "base64"}),
]


async def asked(bench: Bench, calls: list[tuple[str, dict[str, Any]]]) -> list[tuple[int, bytes]]:
    """What the project gets, call by call."""
    replies = [await bench.post(body, path) for path, body in calls]
    return [(reply.status, reply.body) for reply in replies]


def stored(bench: Bench) -> tuple[Entry, ...]:
    """The ledger, as the platform stores it."""
    return unpack_entries(pack_entries(bench.gateway.ledger.since(0)))


def books(entry: Entry) -> Any:
    """What must be the same in the replay's own ledger."""
    call = entry.call
    tokens = (call.prompt_tokens, call.completion_tokens, call.reasoning_tokens)
    return (call.path, call.status, *tokens, call.build, call.request_digest, call.response_digest)


async def test_replay_answers_as_the_model_did(upstream: FakeUpstream, tmp_path: Path) -> None:
    async with open_bench(upstream, tmp_path, embeddings=True) as bench:
        recorded = await asked(bench, CALLS)
        entries = stored(bench)
        usage = bench.gateway.usage()
    count = len(upstream.requests)

    async with open_bench(Recording(entries), tmp_path, embeddings=True) as bench:
        assert await asked(bench, CALLS) == recorded
        assert bench.gateway.usage() == usage
        assert list(map(books, bench.gateway.ledger.entries)) == list(map(books, entries))
        bench.check_books()
    assert len(upstream.requests) == count


async def test_replay_says_so_in_the_record(bench: Bench, tmp_path: Path) -> None:
    await bench.ask("one")
    folder = tmp_path / "again"
    folder.mkdir()
    async with open_bench(Recording(stored(bench)), folder) as again:
        await again.ask("one")

        assert (bench.gateway.source, again.gateway.source) == (Source.MODEL, Source.REPLAY)
        assert [entry.call.source for entry in bench.gateway.ledger.entries] == [Source.MODEL]
        assert [entry.call.source for entry in stored(again)] == [Source.REPLAY]


async def test_call_that_was_not_recorded_is_the_platforms_trouble(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    async with open_bench(upstream, tmp_path) as bench:
        await bench.ask("one")
        recording = Recording(stored(bench))
    async with open_bench(recording, tmp_path) as bench:
        assert await bench.ask("one") == "one"
        with pytest.raises(openai.InternalServerError):
            await bench.ask("one")  # it was recorded once

        assert isinstance(bench.gateway.trouble, UpstreamUnavailable)
        assert str(bench.gateway.trouble) == (
            "This call was not recorded, so a replay can't answer it."
        )
        assert bench.gateway.usage().calls == 1
        bench.check_books()


def entry_of(payload: dict[str, Any], answer: str, **changes: Any) -> Entry:
    """A recorded call, whatever the chain."""
    request = json.dumps({"model": "theirs", **payload}).encode()
    message = {"role": "assistant", "content": answer}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    response = json.dumps({"id": "c", "model": MODEL, "choices": [choice]}).encode()
    digests = {
        "request_digest": hashlib.sha256(request).hexdigest(),
        "response_digest": hashlib.sha256(response).hexdigest(),
    }
    ledger = Ledger()
    ledger.append(replace(CALL, **digests, **changes), request, response)
    return ledger.entries[0]


HELLO = {"messages": [{"role": "user", "content": "hello there"}], "max_tokens": 1024}


async def test_equal_requests_get_their_answers_in_order(tmp_path: Path) -> None:
    recording = Recording([entry_of(HELLO, "first"), entry_of(HELLO, "second")])
    for _ in range(2):  # a recording is not used up
        async with open_bench(recording, tmp_path) as bench:
            assert [await bench.ask("hello there") for _ in range(2)] == ["first", "second"]


@pytest.mark.parametrize("status", [499, 502, 503])
async def test_answer_that_was_not_whole_is_not_served(tmp_path: Path, status: int) -> None:
    recording = Recording([entry_of(HELLO, "half", status=status)])
    async with open_bench(recording, tmp_path) as bench:
        assert (await bench.post(chat())).status == 503


async def test_body_that_was_not_kept_is_not_served(tmp_path: Path) -> None:
    recording = Recording([replace(entry_of(HELLO, "gone"), response=None)])
    async with open_bench(recording, tmp_path) as bench:
        assert (await bench.post(chat())).status == 503


async def test_answer_longer_than_the_call_allows_is_not_served(tmp_path: Path) -> None:
    async with open_bench(Recording([entry_of(HELLO, "long")]), tmp_path) as bench:
        assert (await bench.post(chat(max_tokens=5))).status == 503


async def test_answers_that_a_context_shortened_are_served(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    """Though a recording has no tokenizer to count the prompt with."""
    upstream.settings.tokenizer = True
    rules = CallRules(context_tokens=60)
    calls = [("/v1/chat/completions", chat("word " * length)) for length in (20, 30, 90)]
    async with open_bench(upstream, tmp_path, rules=rules) as bench:
        recorded = await asked(bench, calls)
        recording = Recording(stored(bench))
    async with open_bench(recording, tmp_path, rules=rules) as bench:
        replayed = await asked(bench, calls)

    assert [status for status, _ in replayed] == [200, 200, 400]
    assert replayed[:2] == recorded[:2]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "rules",
    [
        CallRules(reasoning=Reasoning.FORBIDDEN),
        CallRules(reasoning=Reasoning.CAPPED, reasoning_tokens=3),
    ],
)
async def test_what_became_of_reasoning_is_replayed(
    upstream: FakeUpstream, tmp_path: Path, rules: CallRules, stream: bool
) -> None:
    upstream.settings.obeys = False
    upstream.settings.tokenizer = True
    upstream.settings.seconds_per_token = 0.002
    calls = [("/v1/chat/completions", chat("[[think 20]] one", stream=stream))]
    async with open_bench(upstream, tmp_path, rules=rules) as bench:
        bench.gateway.in_flight.add("t1")
        recorded = await asked(bench, calls)
        entries, cut = stored(bench), bench.gateway.cut_reasoning_keys
        usage = bench.gateway.usage()
    async with open_bench(Recording(entries), tmp_path, rules=rules) as bench:
        bench.gateway.in_flight.add("t1")
        replayed = await asked(bench, calls)

        assert bench.gateway.usage() == usage
        assert bench.gateway.cut_reasoning_keys == cut
        if cut or not stream:  # a stream that was refused half-way is refused at once
            assert replayed == recorded
        else:
            assert b"reasoning_forbidden" in replayed[0][1]


async def test_many_calls_at_once_are_replayed(upstream: FakeUpstream, tmp_path: Path) -> None:
    texts = [f"{number % 7} + 1" for number in range(60)]
    async with open_bench(upstream, tmp_path) as bench:
        recorded = await asyncio.gather(*map(bench.ask, texts))
        recording = Recording(stored(bench))
    async with open_bench(recording, tmp_path) as bench:
        assert await asyncio.gather(*map(bench.ask, texts)) == recorded


async def test_replay_of_nothing_answers_nothing(tmp_path: Path) -> None:
    async with open_bench(Recording([]), tmp_path) as bench:
        assert (await bench.request("GET", "/v1/models", headers={})).status == 200
        assert (await bench.post(chat())).status == 503
