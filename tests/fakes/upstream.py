"""A Llama upstream that speaks OpenAI's HTTP: real sockets, simple rules instead of a model.

It answers sums ("12 + 30"), capitals, sentiments, and else echoes the last message; a token is a
word. A prompt can order trouble: `[[sleep 0.5]]`, `[[status 500]]`, `[[die]]` (before a byte),
`[[die after 3]]` (in a stream, after so many words), `[[stall after 3]]`, `[[tokens 50]]` (an
answer of so many words), `[[empty]]`, `[[say anything]]`, `[[think 5]]` (so many words of reasoning
before the answer), `[[call add {"a": 1}]]` (a function). Start it by hand with
`python -m tests.fakes.upstream --port 0`.
"""

import argparse
import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.shapes import ChatShape, EmbeddingShape, Shape, TextShape, spaced, usage_of

MODEL_PATH = "/srv/weights/secret/model.Q4.gguf"  # llama-server shows the weights' path as model
TEMPLATE_TOKENS = 8
CAPITALS = {"france": "Paris", "germany": "Berlin", "japan": "Tokyo", "italy": "Rome"}
GOOD = {"love", "great", "good", "wonderful", "excellent", "happy"}
_SUM = re.compile(r"(-?\d+)\s*([+*-])\s*(-?\d+)")
_ORDER = re.compile(r"\[\[([a-z]+(?: after)?)(?: ([^\]]*))?\]\]")


@dataclass
class Settings:
    """How it behaves, besides what prompts order; may be changed while it runs."""

    latency: float = 0.0
    seconds_per_token: float = 0.0
    fail_next: int = 0  # so many of the next calls fail with `fail_status`
    fail_status: int = 500
    loads_next: int = 0  # so many of the next questions for models find it loading
    drop_next: int = 0  # so many of the next connections are closed without a byte
    report_usage: bool = True
    report_reasoning: bool = True  # in its usage
    obeys: bool = True  # what a call says of reasoning
    tokenizer: bool = False  # whether it has llama-server's own endpoints
    vllm: bool = False  # whether it has vLLM's own
    model: str = MODEL_PATH
    context: int = 8192
    owner: str = "llamacpp"  # which server it says it is
    said_of_model: dict[str, Any] = field(default_factory=dict)  # more of it in /v1/models
    slots: int = 4  # calls that it says it works on at once
    build: str = ""  # none: it has neither /props nor /version


@dataclass
class FakeUpstream:
    """The server, as an async context manager; `base_url` is what `LLAMA_UPSTREAM` takes."""

    settings: Settings = field(default_factory=Settings)
    port: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    cut_short: int = 0  # answers whose client left

    async def __aenter__(self) -> "FakeUpstream":
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/completions", self._completion)
        app.router.add_post("/v1/embeddings", self._embeddings)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/props", self._props)
        app.router.add_get("/version", self._version)
        app.router.add_get("/health", self._health)
        app.router.add_post("/apply-template", self._template)
        app.router.add_post("/tokenize", self._tokenize)
        self._runner = web.AppRunner(
            app, shutdown_timeout=0.1, handler_cancellation=True, access_log=None
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        texts = [_text(message.get("content")) for message in body["messages"]]
        return await self._reply(request, body, texts, ChatShape(self.settings.model, body))

    async def _completion(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        return await self._reply(
            request, body, [body["prompt"]], TextShape(self.settings.model, body)
        )

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        given = body["input"]
        texts = given if isinstance(given, list) else [given]
        return await self._reply(request, body, texts, EmbeddingShape(self.settings.model, body))

    async def _reply(
        self, request: web.Request, body: dict[str, Any], texts: list[str], shape: Shape
    ) -> web.StreamResponse:
        self.requests.append(body)
        self.headers.append(request.headers)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            orders = dict(_ORDER.findall("\n".join(texts)))
            if (failure := self._failure(request, orders)) is not None:
                return failure
            await asyncio.sleep(self.settings.latency + float(orders.get("sleep", 0)))
            return await self._answer(request, body, texts, orders, shape)
        except asyncio.CancelledError:
            self.cut_short += 1
            raise
        except ConnectionError:  # whoever asked has left while it was being answered
            self.cut_short += 1
            return _close(request)
        finally:
            self.at_once -= 1

    def _failure(self, request: web.Request, orders: dict[str, str]) -> web.Response | None:
        settings = self.settings
        if settings.drop_next or "die" in orders:
            settings.drop_next = max(0, settings.drop_next - 1)
            return _close(request)
        status = int(orders.get("status", 200))
        if settings.fail_next:
            settings.fail_next -= 1
            status = settings.fail_status
        return None if status == 200 else _error(status, f"failed in {settings.model}")

    async def _answer(
        self,
        request: web.Request,
        body: dict[str, Any],
        texts: list[str],
        orders: dict[str, str],
        shape: Shape,
    ) -> web.StreamResponse:
        prompt = sum(len(text.split()) for text in texts) + TEMPLATE_TOKENS
        if prompt > self.settings.context:
            return _error(400, f"request ({prompt} tokens) exceeds the available context size")
        if isinstance(shape, EmbeddingShape):
            return web.json_response(shape.of(texts, prompt))
        most = body.get("max_tokens", 1_000_000)
        thoughts = [f"t{number}" for number in range(self._thinking(body, orders))][:most]
        shape.call(orders.get("call"))
        answer = shape.limited(_answer_to(texts[-1], orders)).split()
        words = answer[: most - len(thoughts)]
        finish = shape.finish if len(words) == len(answer) else "length"
        usage = self._usage(prompt, len(thoughts), len(words))
        if body.get("stream"):
            pieces = [*map(shape.thought, spaced(thoughts)), *map(shape.delta, spaced(words))]
            pieces += shape.called
            return await self._stream(request, pieces, finish, usage, orders, shape)
        await asyncio.sleep(self.settings.seconds_per_token * (len(thoughts) + len(words)))
        return web.json_response(shape.whole(" ".join(thoughts), " ".join(words), finish, usage))

    def _thinking(self, body: dict[str, Any], orders: dict[str, str]) -> int:
        """How many words it thinks: in llama-server's and vLLM's manner, where it obeys."""
        wanted = int(orders.get("think", 0))
        if not self.settings.obeys:
            return wanted
        if body.get("chat_template_kwargs", {}).get("enable_thinking") is False:
            return 0
        return min(wanted, body.get("thinking_budget_tokens", wanted))

    def _usage(self, prompt: int, thoughts: int, words: int) -> dict[str, Any] | None:
        if not self.settings.report_usage:
            return None
        usage = usage_of(prompt, thoughts + words)
        if thoughts and self.settings.report_reasoning:
            usage["completion_tokens_details"] = {"reasoning_tokens": thoughts}
        return usage

    async def _stream(
        self,
        request: web.Request,
        pieces: list[dict[str, Any]],
        finish: str,
        usage: dict[str, Any] | None,
        orders: dict[str, str],
        shape: Shape,
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        # Whoever asked may have gone meanwhile, which is no fault of this server.
        with suppress(ConnectionResetError):
            await response.prepare(request)
            for number, piece in enumerate(pieces):
                if orders.get("die after") == str(number):
                    return _close(request)
                if orders.get("stall after") == str(number):
                    await asyncio.sleep(3600)
                await asyncio.sleep(self.settings.seconds_per_token)
                await response.write(_event(shape.piece(piece)))
            for last in shape.ending(finish, usage):
                await response.write(_event(last))
            await response.write(b"data: [DONE]\n\n")
        return response

    async def _models(self, request: web.Request) -> web.Response:
        if self.settings.loads_next:
            self.settings.loads_next -= 1
            return _error(503, "Loading model")
        model = {"id": self.settings.model, "object": "model", "owned_by": self.settings.owner}
        model |= self.settings.said_of_model
        return web.json_response({"object": "list", "data": [model]})

    async def _props(self, request: web.Request) -> web.Response:
        if not self.settings.build:
            raise web.HTTPNotFound
        settings = {"n_ctx": self.settings.context}
        return web.json_response(
            {
                "build_info": self.settings.build,
                "total_slots": self.settings.slots,
                "model_path": MODEL_PATH,
                "default_generation_settings": settings,
            }
        )

    async def _version(self, request: web.Request) -> web.Response:
        if not self.settings.build:
            raise web.HTTPNotFound
        return web.json_response({"version": self.settings.build})

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _template(self, request: web.Request) -> web.Response:
        if not self.settings.tokenizer:
            raise web.HTTPNotFound
        messages = (await request.json())["messages"]
        return web.json_response({"prompt": " ".join(_text(m["content"]) for m in messages)})

    async def _tokenize(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.settings.tokenizer and "content" in body:
            words = body["content"].split()
            return web.json_response({"tokens": list(range(len(words) + TEMPLATE_TOKENS))})
        if self.settings.vllm and "messages" in body:
            words = " ".join(_text(m["content"]) for m in body["messages"]).split()
            return web.json_response({"count": len(words) + TEMPLATE_TOKENS})
        raise web.HTTPNotFound


def _answer_to(text: str, orders: dict[str, str]) -> str:
    if "empty" in orders:
        return ""
    if "say" in orders:
        return orders["say"]
    if "tokens" in orders:
        return " ".join(f"w{number}" for number in range(int(orders["tokens"])))
    asked = _ORDER.sub("", text)
    rules: tuple[Callable[[str], str | None], ...] = (_sum, _capital, _sentiment)
    return next((answer for rule in rules if (answer := rule(asked)) is not None), asked.strip())


def _sum(text: str) -> str | None:
    found = _SUM.search(text)
    if found is None:
        return None
    left, right = int(found[1]), int(found[3])
    return str({"+": left + right, "-": left - right, "*": left * right}[found[2]])


def _capital(text: str) -> str | None:
    if "capital" not in text.lower():
        return None
    return next((city for land, city in CAPITALS.items() if land in text.lower()), "Paris")


def _sentiment(text: str) -> str | None:
    if "sentiment" not in text.lower():
        return None
    return "positive" if GOOD & set(re.findall(r"[a-z]+", text.lower())) else "negative"


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(part["text"] for part in content)
    return content or ""


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def _error(status: int, message: str) -> web.Response:
    error = {"code": status, "message": message, "type": "invalid_request_error"}
    return web.json_response({"error": error}, status=status)


def _close(request: web.Request) -> web.Response:
    """Cut the connection; the response is never seen."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def serve(port: int, build: str = "") -> None:
    """Serve until cancelled; prints the address once it listens."""
    async with FakeUpstream(Settings(build=build), port) as upstream:
        print(upstream.base_url, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--build", default="", help="what it says it is; nothing by default")
    given = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.build))


if __name__ == "__main__":
    main()
