"""The calls of a run as one person may read them, a page at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from django.db.models import QuerySet

from corral.gateway.ledger import Entry
from corral.gateway.packs import unpack_entries
from corral.json_types import JsonObject
from evaluation.call_text import answered_text, asked_text, requests_of
from evaluation.domain.queries import SeenRun, called_splits
from evaluation.models import LedgerPack


@dataclass(frozen=True, slots=True)
class SeenCall:
    """One call; `number` counts the calls of its sandbox in its attempt, from 1.

    `model` is the name by which the project knows its model.
    """

    attempt: int
    split: str
    number: int
    entry: Entry
    model: str

    @property
    def requests(self) -> list[JsonObject] | None:
        """What was sent to the model server; None where it is not kept."""
        return requests_of(self.entry.request, self.model)

    @property
    def asked(self) -> str:
        """For people."""
        return asked_text(self.requests)

    @property
    def answered(self) -> str:
        """For people."""
        return answered_text(self.entry.response)

    @property
    def response(self) -> str | None:
        """The body that the project got; None where it is not kept."""
        body = self.entry.response
        return None if body is None else body.decode(errors="replace")

    @property
    def is_kept(self) -> bool:
        """Whether its texts are stored, not only their digests."""
        return self.entry.request is not None and self.entry.response is not None


@dataclass(frozen=True, slots=True)
class Called:
    """The tasks that are known to have called the model, and whether anything did."""

    tasks: frozenset[str]
    at_all: bool


class Calls(Sequence[SeenCall]):
    """Calls in the order in which they ended, by attempt and split, read as they are asked for.

    With a task only those that are known to be its own. Reading raises PackRefused where the
    ledger is damaged.
    """

    def __init__(self, seen: SeenRun, *, task: str = "") -> None:
        self._packs = packs_for_person(seen)
        self._model = str(seen.run.policy["model"])
        self._task = task

    def __len__(self) -> int:
        return len(self._of_task) if self._task else sum(count for _, count in self._counts)

    @overload
    def __getitem__(self, wanted: int) -> SeenCall: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[SeenCall]: ...
    def __getitem__(self, wanted: int | slice) -> SeenCall | list[SeenCall]:
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        if self._task:
            return self._of_task[wanted]
        first, end, _ = wanted.indices(len(self))
        return self._from(first, end)

    def _from(self, first: int, end: int) -> list[SeenCall]:
        keys, before, skipped = [], 0, 0
        for key, count in self._counts:
            if before < end and first < before + count:
                keys.append(key)
            elif before + count <= first:
                skipped += count
            before += count
        read = list(self._read(self._packs.filter(pk__in=keys)))
        return read[first - skipped : end - skipped]

    @cached_property
    def _counts(self) -> list[tuple[int, int]]:
        return list(self._packs.values_list("pk", "calls"))

    @cached_property
    def _of_task(self) -> list[SeenCall]:
        if "\0" in self._task:  # which PostgreSQL can't even compare with
            return []
        packs = self._packs.filter(task_keys__contains=[self._task])
        return [call for call in self._read(packs) if call.entry.call.task_key == self._task]

    def _read(self, packs: Iterable[LedgerPack]) -> Iterator[SeenCall]:
        for pack in packs:
            for number, entry in enumerate(unpack_entries(bytes(pack.packed)), pack.position + 1):
                yield SeenCall(pack.attempt, pack.split, number, entry, self._model)


def packs_for_person(seen: SeenRun) -> QuerySet[LedgerPack]:
    """The stored calls of those sandboxes that the person may read: never the private one's
    for participants, and none while the freeze hides the run's results.
    """
    return LedgerPack.objects.filter(
        run=seen.run.evidence_id, split__in=called_splits(seen)
    ).order_by("attempt", "split", "position")


def called_in(seen: SeenRun) -> Called:
    """Which tasks are known to have called the model, as far as the person may know."""
    found = list(packs_for_person(seen).order_by().values_list("task_keys", flat=True))
    return Called(frozenset(key for keys in found for key in keys), bool(found))
