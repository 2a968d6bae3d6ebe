"""The gateway of one run: allow-list, budget, ledger; over HTTP and in-process."""

import asyncio
import json
import logging
import socket
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path

from corral.errors import UpstreamUnavailable
from corral.gateway.budget import Budget, BudgetExceeded
from corral.gateway.calls import Caller
from corral.gateway.enforcement import ruled
from corral.gateway.front import Front
from corral.gateway.ledger import Ledger, Source, Usage
from corral.gateway.limits import GatewayLimits
from corral.gateway.listener import Listener
from corral.gateway.order import Endpoint, Order, read_order
from corral.gateway.rate import Rate
from corral.gateway.recording import Recording
from corral.gateway.refusal import CallRefused
from corral.gateway.replay import Replay
from corral.gateway.rules import CallRules
from corral.gateway.share import Share
from corral.gateway.upstream import Upstream, UpstreamClient
from corral.json_types import Json, JsonObject

__all__ = ["CallRefused", "Gateway"]

log = logging.getLogger(__name__)
_STREAMING = frozenset({"stream", "stream_options"})


class Gateway:
    """One run's way to its model; an async context manager, for one event loop.

    Whoever gives it a recording for its upstream replays that; `source` says so.
    `rules` are the track's; where there are none, `limits` bound the calls at once.
    `embeddings` says whether the model makes vectors of texts.
    `in_flight` holds the keys of the tasks that the project has; whoever drives it keeps it.
    `trouble` is why the model server failed for good: from then on every call fails.
    """

    def __init__(
        self,
        *,
        upstream: Upstream | Recording,
        model: str,
        budget: Budget,
        api_key: str,
        limits: GatewayLimits | None = None,
        rules: CallRules | None = None,
        embeddings: bool = False,
    ) -> None:
        self.model = model
        self.api_key = api_key
        self.limits = limits or GatewayLimits()
        self.ledger = Ledger()
        self.endpoints = frozenset(Endpoint) - (set() if embeddings else {Endpoint.EMBEDDINGS})
        self.in_flight: set[str] = set()
        self.trouble: UpstreamUnavailable | None = None
        concurrency = self.limits.concurrency if rules is None else rules.concurrency
        self.rules = rules or CallRules()
        self.slots = asyncio.Semaphore(concurrency)
        self._share = Share(concurrency)
        self._rate = Rate(self.rules.calls_per_minute)
        self._refused = 0
        self._refused_by_task: Counter[str] = Counter()
        self._client: UpstreamClient | Replay
        if isinstance(upstream, Recording):
            self.source, self._client = Source.REPLAY, Replay(upstream)
        else:
            self.source = Source.MODEL
            self._client = UpstreamClient(upstream, connections=concurrency)
        self._caller = Caller(
            self._client, model=model, budget=budget, ledger=self.ledger, rules=self.rules
        )
        self._front = Front(self)

    async def __aenter__(self) -> "Gateway":
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def serve(self, path: Path, owner: int | None) -> None:
        """Listen on a Unix socket of mode 0600 that belongs to `owner`, where one is given.

        Raises:
            PlatformError: the socket can't be made.
        """
        await self._front.listen(path, owner)

    async def serve_on(self, listening: socket.socket) -> Listener:
        """Serve a stream socket that listens already, besides what is served; it is taken over.

        A sandbox makes one in its own network namespace. Close the listener when the sandbox has
        ended: calls that came through it are ended and settled then. `close` closes the rest.

        Raises:
            PlatformError: it can't be listened on.
        """
        return await self._front.listen_on(listening)

    async def close(self) -> None:
        """Stop listening and end the calls over HTTP; then all of them are settled. Idempotent."""
        await self._front.close()
        await self._client.__aexit__()

    def share(self, calls_at_once: int) -> None:
        """So many calls may be under way at the model server at once; the others wait in line.

        At least one, at most what the rules allow; it may be changed at any time.
        """
        self._share.set(calls_at_once)

    @property
    def calls_at_once(self) -> int:
        """Its share at the model server just now."""
        return self._share.limit

    def usage(self) -> Usage:
        """What all calls used that have ended."""
        return replace(self.ledger.total, refused=self._refused)

    def usage_of(self, key: str) -> Usage:
        """What calls used that are known to belong to the task."""
        return replace(self.ledger.of_task(key), refused=self._refused_by_task[key])

    @property
    def unattributed_calls(self) -> int:
        """How many calls that have ended could not be told to belong to one task."""
        return self.ledger.unattributed

    @property
    def refused_calls(self) -> int:
        """How many calls the budget refused."""
        return self._refused

    @property
    def budget_refused(self) -> bool:
        """Whether the budget refused any call."""
        return self._refused > 0

    @property
    def budget_refused_keys(self) -> set[str]:
        """The tasks that are known to have had a call refused by the budget."""
        return set(self._refused_by_task)

    @property
    def cut_reasoning_keys(self) -> set[str]:
        """The tasks that are known to have had an answer cut: its reasoning was over the cap."""
        return set(self._caller.cut_keys)

    def task_of(self, named: str | None) -> str | None:
        """Whose call it is: the task in flight that it names, else the only one in flight."""
        if named in self.in_flight:
            return named
        return next(iter(self.in_flight)) if len(self.in_flight) == 1 else None

    async def complete(self, body: JsonObject, *, task_key: str) -> JsonObject:
        """A chat completion for the platform's own prompts, metered like any other.

        Raises:
            BudgetExceeded, UpstreamUnavailable, CallRefused: as their names say.
        """
        whole: JsonObject = {k: v for k, v in body.items() if k not in _STREAMING}
        order = self._read(Endpoint.CHAT, whole)
        async with self.slots:
            await self._rate.begin_in_turn()
            reply: JsonObject = json.loads(await self.answer(order, task_key))
        return reply

    def order(self, endpoint: Endpoint, body: Json) -> Order:
        """A call of the project's that may begin now.

        Raises:
            CallRefused: it breaks a rule, or comes too soon after others.
        """
        order = self._read(endpoint, body)
        self._rate.begin()
        return order

    def _read(self, endpoint: Endpoint, body: Json) -> Order:
        return ruled(read_order(endpoint, body, self.model, self.limits), self.rules)

    async def answer(self, order: Order, task_key: str | None) -> bytes:
        """The whole answer to a call; the caller holds a slot.

        Raises:
            BudgetExceeded, UpstreamUnavailable, CallRefused: as their names say.
        """
        async with self._share:
            with self._watched(task_key):
                return await self._answered(order, task_key)

    async def _answered(self, order: Order, task_key: str | None) -> bytes:
        if order.endpoint is Endpoint.EMBEDDINGS:
            return await self._caller.vectors(order, task_key)
        return await self._caller.answer(order, task_key)

    async def stream(self, order: Order, task_key: str | None) -> AsyncGenerator[bytes, None]:
        """The answer in pieces; the caller holds a slot, and closes the generator.

        Raises:
            BudgetExceeded, UpstreamUnavailable, CallRefused: as their names say.
        """
        async with self._share:
            with self._watched(task_key):
                async with aclosing(self._caller.stream(order, task_key)) as pieces:
                    async for piece in pieces:
                        yield piece

    @contextmanager
    def _watched(self, task_key: str | None) -> Iterator[None]:
        """Note what keeps calls from being answered; our own mistakes are the platform's fault."""
        if self.trouble is not None:
            raise UpstreamUnavailable(str(self.trouble))
        try:
            yield
        except BudgetExceeded:
            self._refused += 1
            if task_key is not None:
                self._refused_by_task[task_key] += 1
            raise
        except CallRefused:
            raise
        except UpstreamUnavailable as error:
            self.trouble = self.trouble or error
            raise
        except Exception as error:
            log.exception("A call failed unexpectedly.")
            self.trouble = UpstreamUnavailable("The gateway failed unexpectedly.")
            raise self.trouble from error
