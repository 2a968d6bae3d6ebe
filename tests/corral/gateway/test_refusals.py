"""What the project does wrong: told in OpenAI's shape, charged to nobody."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from corral.gateway.limits import GatewayLimits
from corral.gateway.refusal import CallRefused
from tests.corral.gateway.bench import CHAT, COMPLETIONS, MODEL, Bench, chat, open_bench
from tests.fakes.upstream import FakeUpstream


async def test_another_model_is_refused(bench: Bench, upstream: FakeUpstream) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        await bench.client.chat.completions.create(model="gpt-4o", messages=[])

    assert refused.value.code == "model_not_found"
    assert MODEL in refused.value.message
    assert upstream.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/embeddings",
        "/v1/models/" + MODEL,
        "/v1/chat/completions/",
        "//v1/chat/completions",
        "/v1/../v1/models",
        "/v1/%6dodels",
        "/tokenize",
        "/slots",
        "/props",
    ],
)
async def test_other_addresses_are_not_there(bench: Bench, path: str) -> None:
    reader, writer = await asyncio.open_unix_connection(bench.socket)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    raw = await reader.read()
    writer.close()

    assert raw.startswith(b"HTTP/1.1 404 ")
    assert json.loads(raw.partition(b"\r\n\r\n")[2])["error"]["code"] == "unknown_url"


@pytest.mark.parametrize(("method", "path"), [("GET", CHAT), ("PUT", CHAT), ("POST", "/v1/models")])
async def test_other_methods_are_refused(bench: Bench, method: str, path: str) -> None:
    assert (await bench.request(method, path, headers={})).status == 405


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "", "key-of-the-run", "Basic key-of-the-run", "Bearer é"]
)
@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, "/v1/models"])
async def test_wrong_key_is_refused(bench: Bench, path: str, header: str) -> None:
    method = "GET" if path == "/v1/models" else "POST"
    reply = await bench.request(method, path, data=b"{}", headers={"Authorization": header})

    assert reply.status == 401
    assert reply.error["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"n": 9}, "'n' must be a whole number from 1 to 8"),
        ({"n": True}, "'n' must be"),
        ({"max_tokens": 0}, "'max_tokens' must be"),
        ({"max_tokens": 2**31}, "'max_tokens' must be"),
        ({"temperature": "hot"}, "'temperature' must be a number from 0 to 2"),
        ({"temperature": 10**400}, "'temperature' must be"),
        ({"stop": [""]}, "'stop' must be"),
        ({"stream": "yes"}, "'stream' must be true or false"),
        ({"stream_options": {"x": 1}}, "'stream_options' may hold"),
        ({"logit_bias": {"x": 1}}, "'logit_bias' must map"),
        ({"tools": [{"type": "function", "function": {}}]}, "'tools' must be"),
        ({"tool_choice": "maybe"}, "'tool_choice' must be"),
        ({"response_format": {"type": "grammar"}}, "'response_format' must be"),
        ({"grammar": "root ::= x"}, "Unrecognized request argument supplied: 'grammar'"),
        ({"slot_id": 1}, "Unrecognized request argument supplied: 'slot_id'"),
        ({"cache_prompt": True}, "Unrecognized"),
        ({"messages": []}, "'messages' must be a list of 1 to 1000"),
        ({"messages": [1]}, "'messages[0]' must be an object"),
        ({"messages": [{"role": "wizard", "content": ""}]}, "'messages[0].role' must be"),
        ({"messages": [{"role": "user"}]}, "'messages[0].content' must be"),
        ({"messages": [{"role": "user", "content": 1}]}, "'messages[0].content' must be"),
        ({"messages": [{"role": "user", "content": "x", "name": 1}]}, "'messages[0].name' must"),
    ],
)
async def test_bad_field_is_named(bench: Bench, fields: dict[str, Any], rule: str) -> None:
    reply = await bench.post(chat(**fields))

    assert reply.status == 400
    assert reply.error["type"] == "invalid_request_error"
    assert reply.error["message"].startswith(rule)
    assert bench.gateway.usage().calls == 0


async def test_pictures_are_refused(bench: Bench, upstream: FakeUpstream) -> None:
    picture = {"type": "image_url", "image_url": {"url": "http://127.0.0.1:6379/"}}
    reply = await bench.post(chat(messages=[{"role": "user", "content": [picture]}]))

    assert reply.status == 400
    assert upstream.requests == []


async def test_conversation_with_tools_is_let_through(bench: Bench, upstream: FakeUpstream) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "add"}]},
        {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None},
        {"role": "tool", "tool_call_id": "c1", "content": "3 + 4"},
    ]
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    reply = await bench.post(chat(messages=messages, tools=[tool], tool_choice="auto"))

    assert reply.json()["choices"][0]["message"]["content"] == "7"
    assert upstream.requests[0]["tools"] == [tool]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"\x1f\x8b\x08",
        b'{"a":' * 100_000,
        b'{"model": "smollm2-135m-instruct", "seed": ' + b"9" * 5000 + b"}",
        json.dumps(chat("\ud800")).encode(),
        json.dumps(chat(temperature=float("nan"))).encode(),
        json.dumps(chat(logit_bias={"1": float("inf")})).encode(),
        json.dumps(
            chat(response_format={"type": "json_schema", "json_schema": {"schema": {"a": 1e999}}})
        ).encode(),
    ],
)
async def test_body_that_is_no_call_is_refused(bench: Bench, body: bytes) -> None:
    reply = await bench.post(body)

    assert reply.status == 400
    assert reply.error["message"]
    assert bench.gateway.trouble is None


async def test_body_that_is_too_long_is_refused(bench: Bench) -> None:
    assert (await bench.post(b" " * (1024 * 1024 + 1))).status == 413


async def test_body_that_is_too_long_is_refused_without_its_length(bench: Bench) -> None:
    async def endless() -> Any:
        for _ in range(20):
            yield b" " * 65536

    async with bench.session.post(
        f"http://gateway{CHAT}", data=endless(), headers={"Authorization": "Bearer key-of-the-run"}
    ) as response:
        assert response.status == 413


async def test_compressed_body_is_not_unpacked(bench: Bench) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert (await bench.post(bomb, CHAT, **{"Content-Encoding": "gzip"})).status == 400


async def test_body_that_does_not_arrive_is_not_waited_for(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    limits = GatewayLimits(body_seconds=0.1, concurrency=1)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        reader, writer = await asyncio.open_unix_connection(bench.socket)
        head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-of-the-run\r\n"
        writer.write(head.encode() + b"Content-Length: 50\r\n\r\n{")
        assert await reader.readline() == b"HTTP/1.1 408 Request Timeout\r\n"
        writer.close()

        assert (await bench.post(chat())).status == 200


async def test_request_that_never_ends_is_not_waited_for(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    limits = GatewayLimits(idle_seconds=0.1)
    async with open_bench(upstream, tmp_path, limits=limits) as bench:
        reader, writer = await asyncio.open_unix_connection(bench.socket)
        writer.write(b"GET /v1/models HTTP/1.1\r\nX-Slow: ")

        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET /v1/models HTTP/9.9\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_request_that_is_not_http_is_refused(bench: Bench, raw: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(bench.socket)
    writer.write(raw)
    reply = await reader.readline()
    writer.close()

    assert reply.endswith(b" 400 Bad Request\r\n")


async def test_forged_host_changes_nothing(bench: Bench) -> None:
    reply = await bench.post(chat("5 + 5"), CHAT, Host="169.254.169.254")

    assert reply.json()["choices"][0]["message"]["content"] == "10"


async def test_client_that_waits_to_be_told_to_send_is_told(bench: Bench) -> None:
    reply = await bench.post(chat("5 + 5"), CHAT, Expect="100-continue")

    assert reply.json()["choices"][0]["message"]["content"] == "10"


async def test_what_the_model_server_finds_wrong_is_passed_on_cleaned(bench: Bench) -> None:
    reply = await bench.post(chat("[[status 400]]"))

    assert reply.status == 400
    assert reply.error["message"] == "failed in the model"
    assert bench.gateway.trouble is None
    assert bench.gateway.usage().calls == 1
    assert bench.budget.used_tokens == 0
    bench.check_books()


async def test_prompt_too_long_for_the_model_has_openais_code(bench: Bench) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await bench.ask("word " * 9000)

    assert refused.value.code == "context_length_exceeded"


async def test_refusal_in_process_has_its_status(bench: Bench) -> None:
    with pytest.raises(CallRefused) as refused:
        await bench.gateway.complete(chat(temperature=9), task_key="t1")

    assert refused.value.status == 400
    assert str(refused.value) == "'temperature' must be a number from 0 to 2."


async def test_longest_body_is_answered(upstream: FakeUpstream, tmp_path: Path) -> None:
    text = "x" * (1024 * 1024 - len(json.dumps(chat(""))))
    async with open_bench(upstream, tmp_path, tokens=2_000_000) as bench:
        assert (await bench.post(chat(text))).status == 200
