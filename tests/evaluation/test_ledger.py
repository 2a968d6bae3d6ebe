"""A run's calls in PostgreSQL: append-only, each once, and broken where they were touched."""

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from corral.gateway.ledger import Ledger
from corral.gateway.packs import unpack_entries
from corral.suites.base import Split
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.ledger import Bookkeeper, Broken, Intact, verify_ledger
from evaluation.domain.record import Spent, begin_running, record_results
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.errors import LeaseLost
from evaluation.models import Attempt, LedgerPack, Run
from tests.evaluation.ledgers import ask, ledger_of
from tests.evaluation.projects import PROMPT, submitted, this_upstream
from tests.factories import RoleFactory, RunFactory, UserFactory

pytestmark = pytest.mark.django_db


def tampered(run: Run, position: int, **changes: Any) -> None:
    """What only who owns the database can do: change a pack in spite of the trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE evaluation_ledgerpack DISABLE TRIGGER append_only")
        packs = LedgerPack.objects.filter(run=run, position=position)
        packs.update(**changes) if changes else packs.delete()
        cursor.execute("ALTER TABLE evaluation_ledgerpack ENABLE TRIGGER append_only")


def test_bookkeeper_hands_out_each_entry_once() -> None:
    ledger, keeper = Ledger(), Bookkeeper(Split.PUBLIC)
    assert keeper.next_pack(ledger) is None
    assert not keeper.is_behind(ledger)

    ask(ledger, "a", task="t0")
    first = keeper.next_pack(ledger)
    assert keeper.is_behind(ledger)
    assert first == keeper.next_pack(ledger)  # it was not stored yet
    keeper.stored(first)
    ask(ledger, "b", task="t0")
    second = keeper.next_pack(ledger)

    assert first is not None
    assert second is not None
    assert (first.position, second.position) == (0, 1)
    assert second.previous == first.entries[-1].digest
    assert [entry.call for entry in (*first.entries, *second.entries)] == [
        entry.call for entry in ledger.entries
    ]


def test_bookkeeper_keeps_only_digests_when_bodies_grow_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evaluation.domain.ledger.BODY_BYTES", 400)
    ledger, keeper = Ledger(), Bookkeeper(Split.PUBLIC)
    for text in ("a" * 20, "b" * 20, "c" * 20):
        ask(ledger, text, task="t0")

    pack = keeper.next_pack(ledger)

    assert pack is not None
    assert [entry.request is not None for entry in pack.entries] == [True, False, False]


def test_pack_is_stored_with_its_results_or_not_at_all() -> None:
    run = RunFactory()
    claim = claim_run(worker="w")
    assert claim is not None
    begin_running(claim, degraded=False)
    ledger, keeper = Ledger(), Bookkeeper(Split.PUBLIC)
    ask(ledger, "a", task="t0")
    pack = keeper.next_pack(ledger)

    with pytest.raises(LeaseLost):
        record_results(Claim(run.pk, 2, "w"), [], Spent(calls=1), pack)
    assert not LedgerPack.objects.exists()
    record_results(claim, [], Spent(calls=1), pack)

    stored = LedgerPack.objects.get()
    assert (stored.calls, stored.task_keys, stored.head) == (1, ["t0"], ledger.head)
    assert unpack_entries(bytes(stored.packed)) == ledger.entries


@pytest.mark.parametrize(
    "change",
    [lambda packs: packs.update(calls=5), lambda packs: packs._raw_delete("default")],
)
def test_packs_are_append_only(change: Callable[[Any], object]) -> None:
    run = RunFactory(state="running")
    ledger_of(run, "t0")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(LedgerPack.objects.filter(run=run))

    assert LedgerPack.objects.get().calls == 1


def test_ledger_of_several_attempts_and_splits_is_intact() -> None:
    run = RunFactory(state="running", attempt=2)
    ledger_of(run, "t0", None, "t1", attempt=1)
    ledger_of(run, "t1", "t1", "t2", attempt=2)
    ledger_of(run, "t9", split=Split.PRIVATE, attempt=2)

    assert verify_ledger(run) == Intact(7)
    assert verify_ledger(RunFactory(state="running")) == Intact(0)


@pytest.mark.parametrize(
    ("position", "changes", "sentence"),
    [
        (2, {}, "calls are missing before call 5."),
        (0, {}, "calls are missing before call 3."),
        (4, {}, "Attempt 1 was charged 5 calls; its ledger has 4."),
        (2, {"packed": b"nothing"}, "call 3: The packed entries are damaged."),
        (2, {"head": "a" * 64}, "its pack is labelled as another."),
        (2, {"previous": "a" * 64}, "call 3 does not follow the one before it."),
        (2, {"attempt": 2}, "calls are missing before call 5."),
    ],
)
def test_ledger_that_was_touched_is_broken(
    position: int, changes: dict[str, Any], sentence: str
) -> None:
    run = RunFactory(state="running")
    ledger_of(run, "t0", "t0", "t1", "t1", "t2")

    tampered(run, position, **changes)

    found = verify_ledger(run)
    assert isinstance(found, Broken)
    assert found.reason.endswith(sentence)


def test_ledger_with_calls_put_in_place_of_others_is_broken() -> None:
    run, other = RunFactory(state="running"), RunFactory(state="running")
    ledger_of(run, "t0", "t0", "t1", "t1")
    ledger_of(other, "t0", "t1")
    forged = other.ledger.get()

    tampered(run, 2, packed=bytes(forged.packed), head=forged.head)

    found = verify_ledger(run)
    assert isinstance(found, Broken)
    assert found.reason == "Attempt 1, public tasks, call 3 does not follow the one before it."


@pytest.mark.django_db(transaction=True)
def test_every_call_of_a_run_is_stored() -> None:
    files = {"corral.toml": PROMPT, "prompt.txt": "{input}"}
    submission = submitted(files, tasks=3, private=2, upstream=this_upstream().base_url)
    run = enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None

    execute(claim, sandbox=this_sandbox(), degraded=False)

    run.refresh_from_db()
    assert (run.state, run.calls) == (RunState.SCORED, 5)
    assert verify_ledger(run) == Intact(5)
    keys = {pack.split: set[str]() for pack in run.ledger.all()}
    for pack in run.ledger.all():
        keys[pack.split] |= set(pack.task_keys)
    assert keys == {"public": {"t0", "t1", "t2"}, "private": {"t3", "t4"}}


def test_command_checks_a_run_by_its_id_or_its_submissions() -> None:
    run = RunFactory(state="running")
    ledger_of(run, "t0", "t1", "t2")
    said = []
    for key in (run.pk, run.submission_id):
        out = io.StringIO()
        call_command("ledger", str(key), stdout=out)
        said.append(out.getvalue())
    Attempt.objects.update(used_calls=4)

    assert said == ["Ledger intact: 3 calls.\n"] * 2
    with pytest.raises(CommandError, match="Ledger broken: Attempt 1 was charged 4 calls"):
        call_command("ledger", str(run.pk))
    with pytest.raises(CommandError, match="There is no run"):
        call_command("ledger", str(uuid4()))


def test_organizer_checks_the_ledger_of_own_runs_alone(client: Client) -> None:
    run, foreign = RunFactory(state="running"), RunFactory(state="running")
    ledger_of(run, "t0")
    organizer = UserFactory(is_staff=True)
    RoleFactory(person=organizer, hackathon=run.submission.team.hackathon)
    client.force_login(organizer)
    confirmed = {"_form_submitted": "True"}

    def check(of: Run) -> str:
        return reverse("admin:evaluation_run_check_ledger", args=[of.pk])

    intact = client.post(check(run), confirmed, follow=True).content.decode()
    Attempt.objects.update(used_calls=2)
    broken = client.post(check(run), confirmed, follow=True).content.decode()

    assert "Ledger intact: 1 call." in intact
    assert "Ledger broken: Attempt 1 was charged 2 calls; its ledger has 1." in broken
    assert client.post(check(foreign), confirmed).status_code == 404
    assert "Check this run" in client.get(check(run)).content.decode()
