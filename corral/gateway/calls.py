"""Makes calls: admits them to the budget, asks the model server, settles."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from corral.gateway.budget import Budget
from corral.gateway.events import EventRewriter
from corral.gateway.ledger import Ledger
from corral.gateway.metering import MeteredCall
from corral.gateway.order import Order
from corral.gateway.prompt_size import prompt_tokens
from corral.gateway.replies import added, as_bytes, build_of, merged, read_reply, tokens_of
from corral.gateway.upstream import UpstreamClient


class Caller:
    """Calls of one run; everything raises BudgetExceeded, UpstreamUnavailable or CallRefused."""

    def __init__(
        self, client: UpstreamClient, *, model: str, budget: Budget, ledger: Ledger
    ) -> None:
        self._client = client
        self._model = model
        self._budget = budget
        self._ledger = ledger

    async def answer(self, order: Order, task_key: str | None) -> bytes:
        """The whole answer."""
        with await self._admitted(order, task_key) as call:
            replies = []
            for choice in range(call.order.choices):
                payload = self._payload(call, choice)
                replies.append(read_reply(await self._client.ask(order.endpoint.value, payload)))
            call.build = build_of(replies[0])
            tokens = added([tokens_of(reply.get("usage")) for reply in replies])
            answer = as_bytes(merged(replies, self._model, tokens))
            call.given(answer)
            call.answered(tokens)
            return answer

    async def stream(self, order: Order, task_key: str | None) -> AsyncGenerator[bytes, None]:
        """The answer in pieces, each of whole events; whoever stops early closes the generator."""
        rewriter = EventRewriter(self._model, wants_usage=order.wants_usage)
        with await self._admitted(order, task_key) as call:
            call.delivered = 0
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
            last = held + rewriter.tail()
            call.build = rewriter.build
            call.given(last)
            call.answered(rewriter.tokens)
            yield last

    def _payload(self, call: MeteredCall, choice: int) -> bytes:
        payload = call.order.payload(self._client.upstream.model, choice)
        call.asked(payload)
        return payload

    async def _admitted(self, order: Order, task_key: str | None) -> MeteredCall:
        """Reserve what the call can use at most; near the budget's end, shorten its answer."""
        async with self._budget.turn:
            await self._budget.room_for(order.most)
            if order.most > self._budget.tokens_left:
                order = await self._measured(order)
            wanted = max(order.least, min(order.most, self._budget.tokens_left))
            reservation = self._budget.reserve(wanted)
        return MeteredCall(order.within(wanted), reservation, self._budget, self._ledger, task_key)

    async def _measured(self, order: Order) -> Order:
        """The order with its prompt counted by the model's tokenizer, where that can matter."""
        if self._budget.tokens_left < 2 or not self._budget.calls_left:
            return order
        counted = await prompt_tokens(self._client, order)
        if counted is None or counted >= order.prompt_tokens:
            return order
        return replace(order, prompt_tokens=counted)
