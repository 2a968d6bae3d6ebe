"""The book-keeping of one call: reserved before it, settled and written down exactly once."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType

from corral.errors import UpstreamUnavailable
from corral.gateway.bodies import Body
from corral.gateway.budget import Budget, Reservation
from corral.gateway.ledger import Call, Ledger
from corral.gateway.order import Order
from corral.gateway.refusal import CallRefused
from corral.gateway.replies import Tokens, as_bytes

LEFT_BY_CLIENT = 499
BAD_GATEWAY = 502


@dataclass
class MeteredCall:
    """A call whose tokens are reserved; a context manager around asking the model server.

    Whoever leaves it without `answered` has the call settled by how it was left: refused by the
    server (no tokens), failed by the platform (nothing counts), or left by the project (counted by
    what it may have used).
    """

    order: Order
    reservation: Reservation
    budget: Budget
    ledger: Ledger
    task_key: str | None
    delivered: int | None = None  # events of a stream; None: it is not one
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _started: float = field(default_factory=time.monotonic)
    build: str = ""  # the model server's, as it says itself
    _request: Body = field(default_factory=Body)
    _response: Body = field(default_factory=Body)
    _open: bool = True

    def asked(self, payload: bytes) -> None:
        """What is sent to the model server; payloads are JSON without a newline."""
        if not self._request.empty:
            self._request.add(b"\n")
        self._request.add(payload)

    def given(self, reply: bytes) -> None:
        """What is given to the project."""
        self._response.add(reply)

    def answered(self, tokens: Tokens | None, *, estimated: bool = False) -> None:
        """The whole answer is here; without a count of tokens all that was reserved counts."""
        if tokens is None:
            self._settle(200, self._all_reserved(), estimated=True)
        else:
            self._settle(200, tokens, estimated=estimated)

    def refused(
        self, refusal: CallRefused, tokens: Tokens | None, given: bytes | None = None
    ) -> None:
        """The model has answered, but the project does not get it; its tokens count."""
        self.given(as_bytes(refusal.as_json()) if given is None else given)
        self._settle(refusal.status, tokens or self._all_reserved(), estimated=tokens is None)

    def __enter__(self) -> "MeteredCall":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._open:
            return
        if isinstance(error, CallRefused):
            self.given(as_bytes(error.as_json()))
            self._settle(error.status, Tokens(0, 0))
        elif isinstance(error, asyncio.CancelledError | GeneratorExit):
            self._settle(LEFT_BY_CLIENT, self._left_behind(), estimated=True)
        else:
            self._fail(503 if isinstance(error, UpstreamUnavailable) else BAD_GATEWAY)

    def _all_reserved(self) -> Tokens:
        prompt = self.order.prompt_tokens
        return Tokens(prompt, self.reservation.tokens - prompt)

    def _left_behind(self) -> Tokens:
        """An upper bound: nobody knows how far the model was, but for what a stream delivered."""
        bound = self._all_reserved()
        if self.delivered is None:
            return bound
        return Tokens(bound.prompt, min(bound.completion, self.delivered))

    def _settle(self, status: int, tokens: Tokens, *, estimated: bool = False) -> None:
        self._open = False
        self.budget.settle(self.reservation, tokens.prompt + tokens.completion)
        self._write(status, tokens, estimated=estimated)

    def _fail(self, status: int) -> None:
        self._open = False
        self.budget.release(self.reservation)
        self._write(status, Tokens(0, 0), estimated=False)

    def _write(self, status: int, tokens: Tokens, *, estimated: bool) -> None:
        self.ledger.append(
            Call(
                at=self.at,
                task_key=self.task_key,
                path=f"/v1{self.order.endpoint.value}",
                prompt_tokens=tokens.prompt,
                completion_tokens=tokens.completion,
                latency_ms=round((time.monotonic() - self._started) * 1000, 3),
                status=status,
                request_digest=self._request.digest,
                response_digest=self._response.digest,
                estimated=estimated,
                reasoning_tokens=tokens.reasoning,
                build=self.build,
            ),
            self._request.kept,
            self._response.kept,
        )
