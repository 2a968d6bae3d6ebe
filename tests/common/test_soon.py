"""What nobody waits for: told in a thread of a worker, once for a moment, and at once elsewhere."""

import threading
from collections.abc import Iterator
from queue import Queue
from time import sleep
from typing import Any

import pytest
from django.db import connection

from common import soon as module
from common.soon import Teller, soon


@pytest.fixture
def teller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Teller]:
    """One whose moment ends when it is stopped."""
    monkeypatch.setattr(module, "MOMENT_SECONDS", 60.0)
    made = Teller()
    yield made
    made.stop()


class Heard:
    """Receivers that remember what they were told, and where."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.threads: set[threading.Thread] = set()

    def note(self, *, run_id: str) -> None:
        self.told.append(run_id)
        self.threads.add(threading.current_thread())

    def fail(self, *, run_id: str) -> None:
        raise ConnectionError("Redis is away.")


def test_receiver_is_called_at_once_where_no_thread_was_started(teller: Teller) -> None:
    heard = Heard()

    teller.tell(heard.note, run_id="1")

    assert (heard.told, heard.threads) == (["1"], {threading.current_thread()})


def test_same_thing_is_told_once_for_a_moment(teller: Teller) -> None:
    heard = Heard()
    teller.start()

    for run_id in ("1", "2", "1", "1"):
        teller.tell(heard.note, run_id=run_id)
    teller.stop()

    assert heard.told == ["1", "2"]
    assert threading.current_thread() not in heard.threads


def test_receiver_that_fails_keeps_no_other_from_being_told(teller: Teller) -> None:
    heard = Heard()
    teller.start()

    teller.tell(heard.fail, run_id="1")
    teller.tell(heard.note, run_id="1")
    teller.stop()

    assert heard.told == ["1"]


def test_only_so_much_waits(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    heard = Heard()
    teller.start()

    for run_id in ("1", "2", "3"):
        teller.tell(heard.note, run_id=run_id)
    teller.stop()

    assert heard.told == ["1", "2"]


def test_thing_that_is_told_again_after_its_moment_is_told_twice(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOMENT_SECONDS", 0.0)
    twice = threading.Barrier(2, timeout=10)
    teller.start()

    for _ in range(2):
        teller.tell(lambda: twice.wait())
        twice.wait()


def test_stopped_teller_calls_at_once_again(teller: Teller) -> None:
    heard = Heard()
    teller.start()
    teller.stop()

    teller.tell(heard.note, run_id="1")

    assert heard.threads == {threading.current_thread()}


def test_what_is_not_told_quickly_is_not_told_after_the_end(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.1)
    heard, goes_on = Heard(), threading.Event()
    teller.start()
    thread = next(one for one in threading.enumerate() if one.name == "teller")

    teller.tell(lambda: goes_on.wait(30))  # as for a Redis that never answers
    teller.tell(heard.note, run_id="1")
    teller.stop()
    goes_on.set()
    thread.join(30)

    assert (thread.is_alive(), heard.told) == (False, [])


@pytest.mark.django_db(transaction=True)
def test_connection_that_postgresql_cut_is_not_used_again(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOMENT_SECONDS", 0.0)
    backends: Queue[int] = Queue()

    def ask(*, _: int) -> None:
        with connection.cursor() as cursor:
            backends.put(cursor.execute("SELECT pg_backend_pid()").fetchone()[0])

    teller.start()
    teller.tell(ask, _=1)
    first = backends.get(timeout=30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [first])
    for number in range(2, 4):  # one may get lost
        teller.tell(ask, _=number)
        sleep(0.1)

    assert backends.get(timeout=30) != first


def test_receiver_is_told_only_what_it_names() -> None:
    heard: list[dict[str, Any]] = []

    @soon
    def receiver(*, track_id: str, **rest: Any) -> None:
        heard.append({"track_id": track_id, **rest})

    receiver(track_id="t", run_id="r", sender=object, signal=object())

    assert heard == [{"track_id": "t"}]
