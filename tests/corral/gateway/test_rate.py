"""The bucket of calls, on a clock of its own."""

import asyncio

import pytest

from corral.gateway.rate import Rate, RateExceeded


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def begun(rate: Rate, tries: int) -> int:
    """How many of so many calls may begin at once."""
    count = 0
    for _ in range(tries):
        try:
            rate.begin()
        except RateExceeded:
            return count
        count += 1
    return count


def test_bucket_is_emptied_and_fills_again() -> None:
    clock = Clock()
    rate = Rate(60, clock)

    assert begun(rate, 100) == 60
    clock.now += 10
    assert begun(rate, 100) == 10
    clock.now += 3600
    assert begun(rate, 100) == 60


def test_refusal_says_when_the_next_call_may_begin() -> None:
    clock = Clock()
    rate = Rate(2, clock)
    begun(rate, 2)
    clock.now += 12.5

    with pytest.raises(RateExceeded) as refused:
        rate.begin()

    assert (refused.value.status, refused.value.retry_after) == (429, 18)


def test_no_rate_is_never_exceeded() -> None:
    assert begun(Rate(None), 10_000) == 10_000


async def test_those_that_wait_begin_in_turn() -> None:
    rate, order = Rate(6000), []

    async def wait(number: int) -> None:
        await rate.begin_in_turn()
        order.append(number)

    begun(rate, 6000)
    await asyncio.gather(*[wait(number) for number in range(5)])

    assert order == [0, 1, 2, 3, 4]


async def test_waiting_can_be_given_up() -> None:
    rate = Rate(1)
    rate.begin()
    waiting = asyncio.create_task(rate.begin_in_turn())
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
