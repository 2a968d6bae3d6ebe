"""The ledger: append-only, chained, with totals."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from corral.gateway.ledger import GENESIS, Call, Entry, Ledger, Usage, is_intact

CALL = Call(
    at=datetime(2026, 1, 2, tzinfo=UTC),
    task_key="t1",
    path="/v1/chat/completions",
    prompt_tokens=7,
    completion_tokens=3,
    latency_ms=1.5,
    status=200,
    request_digest="a" * 64,
    response_digest="b" * 64,
)


@pytest.fixture
def entries() -> list[Entry]:
    ledger = Ledger()
    for number in range(4):
        ledger.append(replace(CALL, prompt_tokens=number))
    return list(ledger.entries)


def test_totals_are_those_of_the_calls() -> None:
    ledger = Ledger()
    ledger.append(CALL)
    ledger.append(replace(CALL, task_key=None))
    ledger.append(replace(CALL, task_key="t2", status=499))

    assert ledger.total == Usage(21, 9, 3)
    assert ledger.of_task("t1") == Usage(7, 3, 1)
    assert ledger.of_task("t2") == Usage(7, 3, 1)
    assert ledger.of_task("t3") == Usage()


def test_calls_that_the_platform_failed_do_not_count() -> None:
    ledger = Ledger()
    ledger.append(replace(CALL, status=503))

    assert ledger.total == Usage()
    assert len(ledger.entries) == 1


@pytest.mark.parametrize("latency_ms", [0.0, 5.0, 0.001, 1234567.891])
def test_call_is_kept_as_it_was(latency_ms: float) -> None:
    ledger, call = Ledger(), replace(CALL, latency_ms=latency_ms, task_key=None)
    ledger.append(call)

    assert [entry.call for entry in ledger.entries] == [call]


def test_chain_of_an_untouched_ledger_is_intact(entries: list[Entry]) -> None:
    assert is_intact(entries)
    assert is_intact([])


def test_head_covers_every_call() -> None:
    one, other = Ledger(), Ledger()
    assert one.head == GENESIS
    one.append(CALL)
    other.append(replace(CALL, estimated=True))

    assert one.head != other.head


def test_changed_call_breaks_the_chain(entries: list[Entry]) -> None:
    entries[1] = replace(entries[1], call=replace(CALL, prompt_tokens=99))

    assert not is_intact(entries)


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [1, 2, 3]])
def test_moved_removed_and_repeated_calls_break_the_chain(
    entries: list[Entry], order: list[int]
) -> None:
    assert not is_intact([entries[position] for position in order])
