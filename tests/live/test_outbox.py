"""A bounded queue."""

from live.limits import MAX_MESSAGES, Intake
from live.outbox import Outbox


async def test_take_gives_messages_in_order_once() -> None:
    outbox = Outbox(3)
    outbox.offer({"n": 1})
    outbox.offer({"n": 2})

    assert outbox.take() == ([{"n": 1}, {"n": 2}], False)
    assert outbox.take() == ([], False)


async def test_offer_beyond_the_size_drops_all_and_says_so() -> None:
    outbox = Outbox(2)
    for n in range(5):
        outbox.offer({"n": n})

    assert outbox.take() == ([], True)


async def test_arrived_ends_without_a_message() -> None:
    outbox = Outbox(2)

    await outbox.arrived(0.01)
    await outbox.arrived(-1)

    assert outbox.take() == ([], False)


def test_takes_refuses_a_crowd_and_forgets_it() -> None:
    intake = Intake()

    taken = [intake.takes(1, at=n / 100) for n in range(MAX_MESSAGES + 1)]

    assert taken == [True] * MAX_MESSAGES + [False]
    assert intake.takes(1, at=60.0)
