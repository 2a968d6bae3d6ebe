"""What the gateway's tests share: a running gateway, and clients that reach it."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import openai

from corral.gateway.budget import Allowance, Budget
from corral.gateway.ledger import is_intact
from corral.gateway.limits import GatewayLimits
from corral.gateway.recording import Recording
from corral.gateway.rules import CallRules
from corral.gateway.server import Gateway
from corral.gateway.upstream import Upstream
from tests.fakes.upstream import MODEL_PATH, FakeUpstream

MODEL = "smollm2-135m-instruct"
KEY = "key-of-the-run"
CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
EMBEDDINGS = "/v1/embeddings"


@dataclass(frozen=True)
class Reply:
    """A reply as bytes, with its status and headers."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json()["error"]


@dataclass
class Bench:
    """A gateway that listens, and two clients of it."""

    gateway: Gateway
    budget: Budget
    socket: Path
    session: aiohttp.ClientSession
    client: openai.AsyncOpenAI
    key: str = KEY

    async def post(self, body: Any, path: str = CHAT, **headers: str) -> Reply:
        """Post a body (bytes go as they are) with the right key."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.request("POST", path, data=data, headers=headers)

    async def request(
        self, method: str, path: str, *, data: bytes | None = None, headers: dict[str, str]
    ) -> Reply:
        """Any request, with the right key unless the headers hold one."""
        large = data if data is None or len(data) < 2**20 else io.BytesIO(data)
        given = {"Authorization": f"Bearer {self.key}", **headers}
        async with self.session.request(
            method, f"http://gateway{path}", data=large, headers=given
        ) as response:
            return Reply(response.status, dict(response.headers), await response.read())

    async def ask(self, text: str, **fields: Any) -> str | None:
        """The stock client's answer to one message."""
        completion = await self.client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": text}], **fields
        )
        content: str | None = completion.choices[0].message.content
        return content

    def check_books(self) -> None:
        """What must hold whenever no call is open."""
        assert is_intact(self.gateway.ledger.entries)
        self.check_totals()

    def check_totals(self) -> None:
        """The same, but for the ledger's chain: it grows, and whoever looks often reads its end."""
        usage, total = self.gateway.usage(), self.gateway.ledger.total
        assert self.budget.used_tokens == usage.prompt_tokens + usage.completion_tokens
        assert self.budget.used_calls == usage.calls == total.calls
        assert self.budget.tokens_left == max(0, self.budget.tokens - self.budget.used_tokens)


def chat(text: str = "hello there", **fields: Any) -> dict[str, Any]:
    """The body of a chat completion."""
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **fields}


def upstream_at(base_url: str, **settings: Any) -> Upstream:
    """As in production, but with little patience."""
    quick = {"delays": (0.01, 0.02, 0.04), "idle_seconds": 5.0, **settings}
    return Upstream(base_url=base_url, model=MODEL_PATH, api_key="upstream-secret", **quick)


@asynccontextmanager
async def open_bench(
    upstream: FakeUpstream | Upstream | Recording,
    folder: Path,
    *,
    tokens: int = 1_000_000,
    calls: int = 1000,
    limits: GatewayLimits | None = None,
    allowance: Allowance | None = None,
    rules: CallRules | None = None,
    embeddings: bool = False,
    key: str = KEY,
) -> AsyncIterator[Bench]:
    """A gateway and its clients."""
    if isinstance(upstream, FakeUpstream):
        upstream = upstream_at(upstream.base_url)
    budget = Budget(tokens=tokens, calls=calls, allowance=allowance)
    path = folder / "gateway.sock"
    gateway = Gateway(
        upstream=upstream,
        model=MODEL,
        budget=budget,
        api_key=key,
        limits=limits,
        rules=rules,
        embeddings=embeddings,
    )
    async with gateway:
        await gateway.serve(path, None)
        transport = httpx2.AsyncHTTPTransport(uds=str(path))
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path), limit=0)) as session,
            httpx2.AsyncClient(transport=transport, timeout=30) as http,
        ):
            client = openai.AsyncOpenAI(base_url="http://gateway/v1", api_key=key, http_client=http)
            yield Bench(gateway, budget, path, session, client, key)


@asynccontextmanager
async def ruled_bench(
    rules: CallRules, upstream: FakeUpstream, folder: Path
) -> AsyncIterator[Bench]:
    """A gateway under a track's rules."""
    async with open_bench(upstream, folder, rules=rules) as bench:
        yield bench
