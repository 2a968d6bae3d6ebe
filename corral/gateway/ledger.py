"""Every call of a run, append-only; each entry's digest covers the one before it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum

import rfc8785

from corral.json_types import JsonObject

GENESIS = "0" * 64
ROOM = 16 * 1024 * 1024  # bytes of bodies that wait to be stored


class Source(StrEnum):
    """Who answered."""

    MODEL = "model"
    REPLAY = "replay"  # a recording, which no first scored run is served


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used; `refused` counts calls that the budget turned away.

    Reasoning tokens are a part of the completion tokens.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    refused: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached the model server.

    `status` is what the project was told: 499 when it left before the end. A call of 500 or above
    failed by the platform's fault and counts for nothing. `estimated` marks tokens that the model
    server did not report: they are an upper bound then; reasoning tokens are a part of the
    completion's. Digests are SHA-256 in hex, of the body sent to the model server (of several
    choices the bodies, one a line) and of the body delivered to the project. `build` is the model
    server's, as it says itself ("" where it does not).
    """

    at: datetime
    task_key: str | None
    path: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    status: int
    request_digest: str
    response_digest: str
    estimated: bool = False
    reasoning_tokens: int = 0
    build: str = ""
    source: Source = Source.MODEL

    @property
    def counts(self) -> bool:
        """Whether it is charged to the project."""
        return self.status < 500

    def as_json(self) -> JsonObject:
        """For storage and for the chain."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "at": self.at.isoformat()
        }

    @classmethod
    def read(cls, line: bytes) -> "Call":
        """The call of a line that was written."""
        fields = json.loads(line)
        at, source = datetime.fromisoformat(fields["at"]), Source(fields["source"])
        return cls(**{**fields, "at": at, "source": source})


@dataclass(frozen=True, slots=True)
class Entry:
    """A call, and the SHA-256 of the entry before it followed by the call's canonical JSON.

    The bodies are what the call's digests are of; None where they are not kept.
    """

    call: Call
    digest: str
    request: bytes | None = field(default=None, repr=False)
    response: bytes | None = field(default=None, repr=False)


class Ledger:
    """The calls of one gateway in the order they ended, with totals; nothing is ever changed.

    Bodies are in memory until they were handed out, at most ROOM bytes of them: whoever stores
    entries more slowly than they come has digests in place of some bodies.
    """

    def __init__(self) -> None:
        # All as bytes: objects by the ten thousand lengthen every full garbage collection.
        self._lines: list[bytes] = []
        self._digests: list[str] = []
        self._requests: dict[int, bytes] = {}  # by position
        self._responses: dict[int, bytes] = {}
        self._waiting = 0  # bytes of both
        self._total = Usage()
        self._by_task: defaultdict[str, Usage] = defaultdict(Usage)
        self._unattributed = 0

    @property
    def entries(self) -> Sequence[Entry]:
        return self._from(0)

    @property
    def head(self) -> str:
        """The newest entry's digest, which covers all of them."""
        return self._digests[-1] if self._digests else GENESIS

    @property
    def total(self) -> Usage:
        return self._total

    @property
    def unattributed(self) -> int:
        """How many calls could not be told to belong to one task; like totals, counted ones."""
        return self._unattributed

    def of_task(self, key: str) -> Usage:
        """What calls that are known to belong to the task used."""
        return self._by_task.get(key, Usage())

    def since(self, index: int) -> tuple[Entry, ...]:
        """The entries from a position on; who asks has stored those before, so their bodies go."""
        for bodies in (self._requests, self._responses):
            for position in [position for position in bodies if position < index]:
                self._waiting -= len(bodies.pop(position))
        return self._from(index)

    def append(
        self, call: Call, request: bytes | None = None, response: bytes | None = None
    ) -> None:
        """Add a call that has ended, with its bodies while there is room for them."""
        line = rfc8785.dumps(call.as_json())
        self._keep(self._requests, request)
        self._keep(self._responses, response)
        self._digests.append(_digest(self.head, line))
        self._lines.append(line)
        if not call.counts:
            return
        self._total = _plus(self._total, call)
        if call.task_key is None:
            self._unattributed += 1
        else:
            self._by_task[call.task_key] = _plus(self._by_task[call.task_key], call)

    def _keep(self, bodies: dict[int, bytes], body: bytes | None) -> None:
        if body is not None and self._waiting + len(body) <= ROOM:
            bodies[len(self._lines)] = body
            self._waiting += len(body)

    def _from(self, index: int) -> tuple[Entry, ...]:
        return tuple(map(self._entry, range(index, len(self._lines))))

    def _entry(self, position: int) -> Entry:
        return Entry(
            Call.read(self._lines[position]),
            self._digests[position],
            self._requests.get(position),
            self._responses.get(position),
        )


def chained(previous: str, call: Call) -> str:
    """The digest of an entry that follows `previous`; canonical JSON is RFC 8785."""
    return _digest(previous, rfc8785.dumps(call.as_json()))


def is_intact(entries: Iterable[Entry], previous: str = GENESIS) -> bool:
    """Whether no entry was changed, removed, added or moved, but for the end cut off.

    `previous` is the digest of the entry before the first one.
    """
    for entry in entries:
        if entry.digest != chained(previous, entry.call) or not has_its_bodies(entry):
            return False
        previous = entry.digest
    return True


def has_its_bodies(entry: Entry) -> bool:
    """Whether the bodies that an entry carries are those of its call."""
    return _is_of(entry.request, entry.call.request_digest) and _is_of(
        entry.response, entry.call.response_digest
    )


def _is_of(body: bytes | None, digest: str) -> bool:
    return body is None or hashlib.sha256(body).hexdigest() == digest


def _digest(previous: str, line: bytes) -> str:
    return hashlib.sha256(previous.encode() + line).hexdigest()


def _plus(usage: Usage, call: Call) -> Usage:
    return replace(
        usage,
        prompt_tokens=usage.prompt_tokens + call.prompt_tokens,
        completion_tokens=usage.completion_tokens + call.completion_tokens,
        reasoning_tokens=usage.reasoning_tokens + call.reasoning_tokens,
        calls=usage.calls + 1,
    )
