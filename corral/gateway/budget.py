"""Tokens and calls of a run: reserved before a call, settled after it, never overshot."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from corral.certain import finish_for_certain
from corral.errors import UserError


class BudgetExceeded(UserError):
    """What is left of a budget is not enough for a call; the message names whose it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Reservation:
    """Tokens, and one call, set aside; settled or released exactly once."""

    tokens: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What an allowance gave; `refusal` is the sentence why it was not all that was needed."""

    tokens: int
    calls: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Draw:
    """Tokens and calls that are needed now, and the most that the run may still take.

    `drawn_*` is all that it has heard that it was given so far. More than that was given before
    where the answer to a draw was lost: then this one gets just that.
    """

    tokens: int
    calls: int
    most_tokens: int
    most_calls: int
    drawn_tokens: int
    drawn_calls: int


class Allowance(Protocol):
    """Budgets that a run shares with others: what it uses is drawn from them first."""

    async def draw(self, wanted: Draw) -> Grant:
        """Take from the shared budgets, up to `most`; less than needed only with a refusal.

        Or what an earlier draw was given whose answer was lost, which may be less without one.

        Raises:
            PlatformError: they can't be asked.
        """


class Budget:
    """The tokens and calls that a run may use; for one event loop, shared by its gateways.

    A budget that starts at or below zero refuses every call. With an allowance nothing is used
    that was not drawn from it before; `unused_tokens` and `unused_calls` are to be given back.
    """

    def __init__(self, tokens: int, calls: int, allowance: Allowance | None = None) -> None:
        self.tokens = tokens
        self.calls = calls
        self.used_tokens = 0
        self.used_calls = 0
        self.turn = asyncio.Lock()  # held while a call decides how much of the rest it takes
        self._allowance = allowance
        self._drawn_tokens = 0
        self._drawn_calls = 0
        self._refusal = ""  # why the allowance gave no more when it was last asked
        self._open: set[Reservation] = set()
        self._reserved = 0
        self._changed = asyncio.Event()

    @property
    def tokens_left(self) -> int:
        """Tokens that are neither used nor reserved, as far as they are drawn."""
        return max(0, self._limit(self.tokens, self._drawn_tokens) - self._taken_tokens)

    @property
    def calls_left(self) -> int:
        """Calls that are neither used nor reserved, as far as they are drawn."""
        return max(0, self._limit(self.calls, self._drawn_calls) - self._taken_calls)

    @property
    def unused_tokens(self) -> int:
        """Tokens that were drawn and are not used."""
        return max(0, self._drawn_tokens - self.used_tokens)

    @property
    def unused_calls(self) -> int:
        """Calls that were drawn and are not used."""
        return max(0, self._drawn_calls - self.used_calls)

    def reserve(self, tokens: int) -> Reservation:
        """Set tokens and one call aside.

        Raises:
            BudgetExceeded: they are not there.
        """
        if not self.calls_left:
            raise BudgetExceeded(
                self._why(self._taken_calls < self.calls)
                or f"The run's budget of {self.calls:,} calls is spent."
            )
        if tokens > self.tokens_left:
            raise BudgetExceeded(
                self._why(tokens <= self.tokens - self._taken_tokens)
                or f"The call may need {tokens:,} tokens; the run has {self.tokens_left:,} left "
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
        """Wait until a call of so many tokens fits, or nothing can become free that is not yet.

        Reservations are upper bounds: a call at the end of a budget would else be cut short, or
        refused, because of tokens that others are about to give back.

        Raises:
            PlatformError: the allowance can't be asked.
        """
        self._refusal = ""
        while tokens > self.tokens_left or not self.calls_left:
            if not self._refusal and (wanted := self._to_draw(tokens)) is not None:
                # What is drawn must be known here, also if nobody waits for it any more.
                await finish_for_certain(self._draw(wanted))
            elif self._open:
                self._changed.clear()
                await self._changed.wait()
                self._refusal = ""
            else:
                return

    @property
    def _taken_tokens(self) -> int:
        return self.used_tokens + self._reserved

    @property
    def _taken_calls(self) -> int:
        return self.used_calls + len(self._open)

    def _limit(self, own: int, drawn: int) -> int:
        return own if self._allowance is None else min(own, drawn)

    def _why(self, run_has_them: bool) -> str:
        return self._refusal if run_has_them else ""

    def _to_draw(self, tokens: int) -> Draw | None:
        """What is missing for the call that the run itself still has; None where it is nothing."""
        if self._allowance is None:
            return None
        most_tokens = max(0, self.tokens - max(self._drawn_tokens, self._taken_tokens))
        most_calls = max(0, self.calls - max(self._drawn_calls, self._taken_calls))
        needed = min(most_tokens, max(0, tokens - self.tokens_left))
        calls = min(most_calls, 0 if self.calls_left else 1)
        if not (needed or calls):
            return None
        return Draw(needed, calls, most_tokens, most_calls, self._drawn_tokens, self._drawn_calls)

    async def _draw(self, wanted: Draw) -> None:
        if self._allowance is None:
            return
        grant = await self._allowance.draw(wanted)
        self._drawn_tokens += grant.tokens
        self._drawn_calls += grant.calls
        self._refusal = grant.refusal

    def _close(self, reservation: Reservation) -> None:
        if reservation not in self._open:
            raise ValueError("The reservation was settled or released before.")
        self._open.remove(reservation)
        self._reserved -= reservation.tokens
        self._changed.set()
