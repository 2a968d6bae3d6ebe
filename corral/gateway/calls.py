"""Makes calls: admits them to the budget, asks the model server, settles."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from corral.gateway.budget import Budget
from corral.gateway.client import ModelClient
from corral.gateway.embeddings import read_vectors, vectors_reply, vectors_tokens
from corral.gateway.enforcement import in_context
from corral.gateway.events import EventRewriter, ReasonedTooMuch
from corral.gateway.ledger import Ledger, Source
from corral.gateway.metering import MeteredCall
from corral.gateway.order import Order
from corral.gateway.prompt_size import prompt_tokens
from corral.gateway.reasoning import MARKS, ReasoningRefused, counted, cut, most_reasoning, reasoned
from corral.gateway.replay import Replay
from corral.gateway.replies import (
    Tokens,
    added,
    as_bytes,
    as_event,
    build_of,
    merged,
    read_reply,
    tokens_of,
)
from corral.gateway.rules import CallRules, Reasoning
from corral.json_types import JsonObject


class Caller:
    """Calls of one run; everything raises BudgetExceeded, UpstreamUnavailable or CallRefused.

    `cut_keys` are the tasks that had an answer cut because its reasoning was over the cap.
    """

    def __init__(
        self,
        client: ModelClient | Replay,
        *,
        model: str,
        budget: Budget,
        ledger: Ledger,
        rules: CallRules = CallRules(),
    ) -> None:
        self._client = client
        self._model = model
        self._budget = budget
        self._ledger = ledger
        self._rules = rules
        self._replay = client if isinstance(client, Replay) else None
        self._most_reasoning = most_reasoning(rules)
        self.cut_keys: set[str] = set()

    async def answer(self, order: Order, task_key: str | None) -> bytes:
        """The whole answer."""
        with await self._admitted(order, task_key) as call:
            replies = []
            for choice in range(call.order.choices):
                payload = self._payload(call, choice)
                replies.append(read_reply(await self._client.ask(order.endpoint.value, payload)))
            call.build = build_of(replies[0])
            tokens = added([counted(reply, tokens_of(reply.get("usage"))) for reply in replies])
            if self._most_reasoning is not None:
                most = self._most_reasoning
                replies = [await self._bounded(call, reply, tokens, most) for reply in replies]
            answer = as_bytes(merged(replies, self._model, tokens))
            call.given(answer)
            call.answered(tokens)
            return answer

    async def vectors(self, order: Order, task_key: str | None) -> bytes:
        """A vector for each text."""
        with await self._admitted(order, task_key) as call:
            raw = await self._client.ask(order.endpoint.value, self._payload(call, 0))
            reply = read_vectors(raw, order.texts)
            tokens = vectors_tokens(reply)
            answer = as_bytes(vectors_reply(reply, self._model, tokens))
            call.build = build_of(reply)
            call.given(answer)
            call.answered(tokens)
            return answer

    async def stream(self, order: Order, task_key: str | None) -> AsyncGenerator[bytes, None]:
        """The answer in pieces, each of whole events; whoever stops early closes the generator."""
        most = None if self._replay else self._most_reasoning
        rewriter = EventRewriter(self._model, wants_usage=order.wants_usage, most_reasoning=most)
        with await self._admitted(order, task_key) as call:
            call.delivered = 0
            try:
                for choice in range(call.order.choices):
                    rewriter.begin()
                    stream = await self._client.stream(
                        order.endpoint.value, self._payload(call, choice)
                    )
                    try:
                        while not rewriter.done and (piece := await stream.read()):
                            if out := rewriter.feed(piece):
                                call.delivered = rewriter.delivered
                                call.given(out)
                                yield out
                        held = rewriter.end()
                        await stream.recycle()
                    finally:
                        stream.close()
                    if choice + 1 < call.order.choices:
                        call.given(held)
                        yield held
            except ReasonedTooMuch:
                last = await self._cut_short(call, rewriter)
            else:
                last = held + rewriter.tail(rewriter.tokens)
                call.given(last)
                call.build = rewriter.build
                call.answered(rewriter.tokens)
                self._note_recorded_cut(call, rewriter.tokens)
            yield last

    def _payload(self, call: MeteredCall, choice: int) -> bytes:
        payload = call.order.payload(self._client.upstream.model, choice)
        call.asked(payload)
        return payload

    async def _bounded(
        self, call: MeteredCall, reply: JsonObject, tokens: Tokens | None, most: int
    ) -> JsonObject:
        """The reply as far as the track's rules let the model reason.

        Raises:
            ReasoningRefused: they forbid it; the tokens count.
        """
        reasoning = await reasoned(self._client, reply, most)
        if reasoning <= most:
            return reply
        if self._replay is not None:  # it was cut when it was recorded
            self._note_cut(call)
            return reply
        if self._rules.reasoning is Reasoning.FORBIDDEN:
            refusal = ReasoningRefused()
            call.refused(refusal, tokens)
            raise refusal
        self._note_cut(call)
        return cut(reply, (most - MARKS) / reasoning)

    async def _cut_short(self, call: MeteredCall, rewriter: EventRewriter) -> bytes:
        """The end of a stream that reasons too much; the server's work on it has been stopped.

        Raises:
            ReasoningRefused: it is forbidden, and nothing was delivered so far.
        """
        call.build = rewriter.build
        tokens = rewriter.tokens or await self._guessed(call.order, rewriter)
        if self._rules.reasoning is Reasoning.FORBIDDEN:
            refusal = ReasoningRefused()
            last = as_event(refusal.as_json())
            call.refused(refusal, tokens, last if call.delivered else None)
            if not call.delivered:
                raise refusal
            return last
        self._note_cut(call)
        last = rewriter.cut() + rewriter.tail(tokens)
        call.given(last)
        call.answered(tokens, estimated=rewriter.tokens is None)
        return last

    async def _guessed(self, order: Order, rewriter: EventRewriter) -> Tokens:
        """What a stream used that was cut: an event is a token, up to what was reserved."""
        most = order.choices * order.max_tokens
        completion = min(most, max(rewriter.delivered, rewriter.reasoned))
        return Tokens(await self._counted(order), completion, min(completion, rewriter.reasoned))

    def _note_recorded_cut(self, call: MeteredCall, tokens: Tokens | None) -> None:
        """A replayed stream that was cut when it was recorded is known by its tokens."""
        most = self._most_reasoning
        if self._replay and most is not None and tokens and tokens.reasoning > most:
            self._note_cut(call)

    def _note_cut(self, call: MeteredCall) -> None:
        if call.task_key is not None:
            self.cut_keys.add(call.task_key)

    async def _admitted(self, order: Order, task_key: str | None) -> MeteredCall:
        """Reserve what the call can use at most; near the budget's end, shorten its answer."""
        if not self._recorded(order):
            order = await in_context(self._client, order, self._rules)
        async with self._budget.turn:
            await self._budget.room_for(order.most)
            if order.most > self._budget.tokens_left:
                order = await self._measured(order)
            wanted = max(order.least, min(order.most, self._budget.tokens_left))
            reservation = self._budget.reserve(wanted)
        source = Source.REPLAY if self._replay else Source.MODEL
        return MeteredCall(
            order.within(wanted), reservation, self._budget, self._ledger, task_key, source=source
        )

    def _recorded(self, order: Order) -> bool:
        """Whether a replay answers it: then its answer is as short as the rules had it."""
        if self._replay is None:
            return False
        payload = order.payload(self._client.upstream.model, 0)
        return self._replay.knows(order.endpoint.value, payload)

    async def _measured(self, order: Order) -> Order:
        """The order with its prompt counted by the model's tokenizer, where that can matter."""
        if self._budget.tokens_left < 2 or not self._budget.calls_left:
            return order
        return replace(order, prompt_tokens=await self._counted(order))

    async def _counted(self, order: Order) -> int:
        """The prompt's tokens by the model's tokenizer, or the bound that is known already."""
        counted = await prompt_tokens(self._client, order)
        return order.prompt_tokens if counted is None else min(counted, order.prompt_tokens)
