"""What the stock client and curl ask for, unchanged: every field that the platform promises."""

import asyncio
import json
from typing import Any

import pytest

from tests.corral.gateway.bench import CHAT, KEY, MODEL, Bench, chat
from tests.fakes.upstream import FakeUpstream

ADD: Any = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


async def create(bench: Bench, text: str, **fields: Any) -> Any:
    return await bench.client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": text}], **fields
    )


async def test_tools_are_called(bench: Bench) -> None:
    completion = await create(bench, '[[call add {"a": 1}]]', tools=[ADD], tool_choice="required")

    [choice] = completion.choices
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("add", {"a": 1})


async def test_tools_are_called_in_a_stream(bench: Bench) -> None:
    stream = await create(bench, '[[call add {"a": 1}]]', tools=[ADD], stream=True)
    chunks = [chunk async for chunk in stream]

    [call] = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert (call.function.name, json.loads(call.function.arguments)) == ("add", {"a": 1})
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}},
    ],
)
async def test_answer_has_the_format_asked_for(
    bench: Bench, upstream: FakeUpstream, wanted: Any
) -> None:
    completion = await create(bench, "1 + 1", response_format=wanted)

    assert json.loads(completion.choices[0].message.content) == {"answer": "2"}
    assert upstream.requests[0]["response_format"] == wanted


async def test_logprobs_come_with_the_answer(bench: Bench) -> None:
    completion = await create(bench, "one two", logprobs=True, top_logprobs=2)

    tokens = completion.choices[0].logprobs.content
    assert [(token.token, len(token.top_logprobs)) for token in tokens] == [("one", 2), ("two", 2)]


async def test_logprobs_come_with_a_stream(bench: Bench) -> None:
    stream = await create(bench, "one two", logprobs=True, stream=True)
    chunks = [chunk async for chunk in stream]

    assert [chunk.choices[0].logprobs.content[0].token for chunk in chunks[:-1]] == ["one", " two"]


@pytest.mark.parametrize("stop", ["three", ["nothing", "three"]])
async def test_answer_stops_where_asked(bench: Bench, stop: Any) -> None:
    completion = await create(bench, "one two three four", stop=stop)

    assert completion.choices[0].message.content == "one two"
    assert completion.choices[0].finish_reason == "stop"


async def test_seed_and_choices_are_passed_on(bench: Bench, upstream: FakeUpstream) -> None:
    completion = await create(bench, "1 + 1", seed=7, n=2, temperature=0.5, top_p=0.9)

    assert [choice.message.content for choice in completion.choices] == ["2", "2"]
    assert [choice.index for choice in completion.choices] == [0, 1]
    assert [(r["seed"], r["temperature"], r["top_p"]) for r in upstream.requests] == [
        (7, 0.5, 0.9),
        (8, 0.5, 0.9),
    ]


async def test_stock_client_completes_text(bench: Bench) -> None:
    completion = await bench.client.completions.create(model=MODEL, prompt="one two", max_tokens=1)

    assert completion.choices[0].text == "one"
    assert completion.choices[0].finish_reason == "length"


async def curl(bench: Bench, *arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        "curl", "--silent", "--show-error", "--unix-socket", str(bench.socket),
        "-H", f"Authorization: Bearer {KEY}", *arguments,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out


async def test_curl_lists_the_models(bench: Bench) -> None:
    assert json.loads(await curl(bench, "http://gateway/v1/models"))["data"][0]["id"] == MODEL


async def test_curl_is_answered(bench: Bench) -> None:
    out = await curl(bench, f"http://gateway{CHAT}", "--json", json.dumps(chat("1 + 1")))

    assert json.loads(out)["choices"][0]["message"]["content"] == "2"


async def test_curl_streams(bench: Bench) -> None:
    body = json.dumps(chat("one two", stream=True))
    out = await curl(bench, f"http://gateway{CHAT}", "-d", body)  # as a form, as curl does it

    assert out.endswith(b"data: [DONE]\n\n")
    assert out.count(b"data: ") == 4
