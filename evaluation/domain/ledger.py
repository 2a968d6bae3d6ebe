"""The calls of a run, kept in PostgreSQL as packs, and checked against their chain of digests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from corral.gateway.ledger import GENESIS, Entry, Ledger, is_intact
from corral.gateway.packs import PackRefused, pack_entries, unpack_entries
from corral.suites.base import Split
from evaluation.domain.claim import Claim
from evaluation.models import Attempt, LedgerPack, Run

BODY_BYTES = 16 * 1024 * 1024  # of one sandbox; calls after that are kept with digests alone


@dataclass(frozen=True, slots=True)
class Pack:
    """Entries of one gateway, ready to be stored; `position` counts those before them."""

    split: Split
    position: int
    previous: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a run's ledger is not what was written; one sentence."""

    reason: str

    @property
    def text(self) -> str:
        """For people."""
        return f"Ledger broken: {self.reason}"


@dataclass(frozen=True, slots=True)
class Intact:
    """A ledger whose every chain holds."""

    calls: int

    @property
    def text(self) -> str:
        """For people."""
        return f"Ledger intact: {self.calls:,} call{'' if self.calls == 1 else 's'}."


class Bookkeeper:
    """Hands out a gateway's ledger in packs, each entry once, with bodies while there is room."""

    def __init__(self, split: Split) -> None:
        self._split = split
        self._position = 0
        self._head = GENESIS
        self._room = BODY_BYTES

    def is_behind(self, ledger: Ledger) -> bool:
        """Whether there are entries that are not stored yet."""
        return ledger.head != self._head

    def next_pack(self, ledger: Ledger) -> Pack | None:
        """The entries that are not stored yet; the same ones until `stored` is told."""
        entries = tuple(self._roomed(ledger.since(self._position)))
        if not entries:
            return None
        return Pack(self._split, self._position, self._head, entries)

    def stored(self, pack: Pack | None) -> None:
        """The pack is in the database."""
        if pack is not None:
            self._position += len(pack.entries)
            self._head = pack.entries[-1].digest
            self._room -= sum(map(_body_bytes, pack.entries))

    def _roomed(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        room = self._room
        for entry in entries:
            room -= _body_bytes(entry)
            yield entry if room >= 0 else Entry(entry.call, entry.digest)


def store_pack(claim: Claim, pack: Pack) -> None:
    """Append a pack, in the transaction that checked that the attempt holds the run."""
    keys = {entry.call.task_key for entry in pack.entries if entry.call.task_key is not None}
    LedgerPack.objects.create(
        run_id=claim.run_id,
        attempt=claim.attempt,
        split=pack.split,
        position=pack.position,
        calls=len(pack.entries),
        previous=pack.previous,
        head=pack.entries[-1].digest,
        task_keys=sorted(keys),
        packed=pack_entries(pack.entries),
    )


def verify_ledger(run: Run) -> Intact | Broken:
    """Whether the run's ledger is what was written: each chain whole, and no counted call gone.

    Where recorded outputs were judged again, it is the ledger of the run that recorded them.
    """
    calls = 0
    counted: dict[int, int] = {}
    packs = (
        LedgerPack.objects.filter(run=run.evidence_id)
        .order_by("attempt", "split", "position")
        .iterator(chunk_size=20)
    )
    try:
        for (attempt, _), chain in groupby(packs, key=lambda pack: (pack.attempt, pack.split)):
            for entry in _whole_chain(chain):
                calls += 1
                counted[attempt] = counted.get(attempt, 0) + entry.call.counts
    except PackRefused as refused:
        return Broken(str(refused))
    for tried in Attempt.objects.filter(run=run.evidence_id):
        if counted.get(tried.number, 0) != tried.used_calls:
            return Broken(
                f"Attempt {tried.number} was charged {tried.used_calls:,} calls; its ledger has "
                f"{counted.get(tried.number, 0):,}."
            )
    return Intact(calls)


def _whole_chain(packs: Iterable[LedgerPack]) -> Iterator[Entry]:
    previous, position = GENESIS, 0
    for pack in packs:
        where = f"Attempt {pack.attempt}, {pack.split} tasks, call {position + 1}"
        if pack.position != position:
            raise PackRefused(f"{where}: calls are missing before call {pack.position + 1}.")
        try:
            entries = unpack_entries(bytes(pack.packed))
        except PackRefused as refused:
            raise PackRefused(f"{where}: {refused}") from refused
        if len(entries) != pack.calls or pack.head != entries[-1].digest:
            raise PackRefused(f"{where}: its pack is labelled as another.")
        if pack.previous != previous or not is_intact(entries[:1], previous):
            raise PackRefused(f"{where} does not follow the one before it.")
        previous, position = pack.head, position + pack.calls
        yield from entries


def _body_bytes(entry: Entry) -> int:
    return len(entry.request or b"") + len(entry.response or b"")
