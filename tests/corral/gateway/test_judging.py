"""A judging model behind an upstream: what it is asked, what it says, and when it is away."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from corral.errors import PlatformError
from corral.gateway.judging import UpstreamJudge
from corral.gateway.upstream import Upstream
from corral.scorers.base import JudgedBy
from corral.scorers.help import Help, Message
from corral.scorers.judging import judge_with_help
from corral.scorers.rubric import prompt_sha256
from corral.verdicts import Verdict
from tests.fakes.upstream import FakeUpstream

ASKED = [Message("system", "You judge."), Message("user", "What is 12 + 30?")]


def judge_at(base_url: str, **changes: Any) -> UpstreamJudge:
    upstream = Upstream(base_url=base_url, model="served-name", api_key="k", delays=(0.01,))
    return replace(UpstreamJudge("judge-1b", "ab" * 32, upstream), **changes)


async def complete(prompt: str, **changes: Any) -> str:
    async with FakeUpstream() as fake:
        return await judge_at(fake.base_url, **changes).complete([Message("user", prompt)])


async def test_judge_is_asked_with_its_key_and_the_same_each_time() -> None:
    async with FakeUpstream() as fake:
        judge = judge_at(fake.base_url)
        answers = [await judge.complete(ASKED) for _ in range(2)]

        assert answers == ["42", "42"]
        assert fake.requests[0] == fake.requests[1]
        assert fake.requests[0]["temperature"] == 0
        assert fake.requests[0]["model"] == "served-name"
        assert [one["role"] for one in fake.requests[0]["messages"]] == ["system", "user"]
        assert fake.headers[0]["Authorization"] == "Bearer k"


async def test_judge_that_fails_once_is_asked_again() -> None:
    async with FakeUpstream() as fake:
        fake.settings.fail_next = 1

        assert await judge_at(fake.base_url).complete(ASKED) == "42"


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("[[status 500]]", "judge-1b: The model server replied with status 500"),
        ("[[status 400]]", "judge-1b refuses"),
        ("[[status 401]]", "judge-1b: The model server replied with status 401"),
        ("[[die]]", "judge-1b: The model server died"),
        ("[[sleep 5]]", "judge-1b is too slow"),
    ],
)
async def test_judge_in_trouble_is_the_platforms_error(prompt: str, sentence: str) -> None:
    with pytest.raises(PlatformError, match=sentence):
        await complete(prompt, seconds=1.0)


async def test_judge_that_is_not_there_is_the_platforms_error() -> None:
    with pytest.raises(PlatformError, match="can't be reached"):
        await judge_at("http://127.0.0.1:9/v1").complete(ASKED)


@pytest.mark.parametrize("body", ["", "[" * 100_000, "[]", '{"choices": []}', '{"choices": [{}]}'])
async def test_judge_that_answers_nonsense_is_the_platforms_error(body: str) -> None:
    async def nonsense(request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", nonsense)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        with pytest.raises(PlatformError, match="answered with no text"):
            await judge_at(f"http://127.0.0.1:{port}/v1").complete(ASKED)
    finally:
        await runner.cleanup()


async def test_rubric_is_judged_by_a_server() -> None:
    """The stand-in server gives a verdict on a line with the code that it was told."""

    async def verdict(request: web.Request) -> web.Response:
        system = (await request.json())["messages"][0]["content"]
        found = re.search(r"^(\w+) VERDICT", system, re.MULTILINE)
        assert found is not None
        said = {"message": {"role": "assistant", "content": f"Good.\n{found[1]} VERDICT: 4"}}
        return web.json_response({"choices": [said]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", verdict)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        judge = judge_at(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        target = {"question": "Why?", "rubric": "Says why."}
        judgement = await judge_with_help(
            "rubric", "Because.", target, {"mode": "pointwise"}, Help(judge=judge)
        )
    finally:
        await runner.cleanup()

    assert (judgement.score, judgement.verdict) == (0.75, Verdict.PARTIAL)
    assert judgement.judge == JudgedBy("judge-1b", "ab" * 32, prompt_sha256({"mode": "pointwise"}))


def test_judge_outlives_an_event_loop() -> None:
    """Each attempt has a loop of its own."""

    async def once(judge: UpstreamJudge) -> str:
        async with FakeUpstream() as fake:
            return await replace(
                judge, upstream=replace(judge.upstream, base_url=fake.base_url)
            ).complete(ASKED)

    judge = judge_at("http://127.0.0.1:9/v1")

    assert [asyncio.run(once(judge)) for _ in range(2)] == ["42", "42"]
