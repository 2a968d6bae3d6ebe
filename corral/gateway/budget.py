"""Tokens and calls of a run: reserved before a call, settled after it, never overshot."""

import asyncio
from dataclasses import dataclass

from corral.errors import UserError


class BudgetExceeded(UserError):
    """What is left of a run's budget is not enough for a call."""


@dataclass(frozen=True, slots=True, eq=False)
class Reservation:
    """Tokens, and one call, set aside; settled or released exactly once."""

    tokens: int


class Budget:
    """The tokens and calls that a run may use; for one event loop, shared by its gateways.

    A budget that starts at or below zero refuses every call.
    """

    def __init__(self, tokens: int, calls: int) -> None:
        self.tokens = tokens
        self.calls = calls
        self.used_tokens = 0
        self.used_calls = 0
        self.turn = asyncio.Lock()  # held while a call decides how much of the rest it takes
        self._open: set[Reservation] = set()
        self._reserved = 0
        self._changed = asyncio.Event()

    @property
    def tokens_left(self) -> int:
        """Tokens that are neither used nor reserved."""
        return max(0, self.tokens - self.used_tokens - self._reserved)

    @property
    def calls_left(self) -> int:
        """Calls that are neither used nor reserved."""
        return max(0, self.calls - self.used_calls - len(self._open))

    def reserve(self, tokens: int) -> Reservation:
        """Set tokens and one call aside.

        Raises:
            BudgetExceeded: they are not there.
        """
        if not self.calls_left:
            raise BudgetExceeded(f"The run's budget of {self.calls:,} calls is spent.")
        if tokens > self.tokens_left:
            raise BudgetExceeded(
                f"The call may need {tokens:,} tokens; the run has {self.tokens_left:,} left "
                f"of {max(0, self.tokens):,}."
            )
        reservation = Reservation(tokens)
        self._open.add(reservation)
        self._reserved += tokens
        return reservation

    def settle(self, reservation: Reservation, used: int) -> None:
        """Count what the call really used; what was reserved beyond that is free again."""
        self._close(reservation)
        self.used_tokens += used
        self.used_calls += 1

    def release(self, reservation: Reservation) -> None:
        """Give everything back: the call was not made, or failed by the platform's fault."""
        self._close(reservation)

    async def room_for(self, tokens: int) -> None:
        """Wait until so many tokens are free, or nothing is reserved that could become free.

        Reservations are upper bounds: a call at the end of a budget would else be cut short, or
        refused, because of tokens that others are about to give back.
        """
        while tokens > self.tokens_left and self._open:
            self._changed.clear()
            await self._changed.wait()

    def _close(self, reservation: Reservation) -> None:
        if reservation not in self._open:
            raise ValueError("The reservation was settled or released before.")
        self._open.remove(reservation)
        self._reserved -= reservation.tokens
        self._changed.set()
