"""Every call of a run, append-only; each entry's digest covers the one before it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import rfc8785

from corral.json_types import JsonObject

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used; `refused` counts calls that the budget turned away."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call that reached the model server.

    `status` is what the project was told: 499 when it left before the end. A call of 500 or above
    failed by the platform's fault and counts for nothing. `estimated` marks tokens that the model
    server did not report: they are an upper bound then. Digests are SHA-256 in hex, of the body
    sent to the model server and of the body delivered to the project.
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

    @property
    def counts(self) -> bool:
        """Whether it is charged to the project."""
        return self.status < 500

    def as_json(self) -> JsonObject:
        """For storage and for the chain."""
        return {
            "at": self.at.isoformat(),
            "task_key": self.task_key,
            "path": self.path,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "latency_ms": self.latency_ms,
            "status": self.status,
            "request_digest": self.request_digest,
            "response_digest": self.response_digest,
            "estimated": self.estimated,
        }

    @classmethod
    def read(cls, line: bytes) -> "Call":
        """The call of a line that was written."""
        fields = json.loads(line)
        return cls(**{**fields, "at": datetime.fromisoformat(fields["at"])})


@dataclass(frozen=True, slots=True)
class Entry:
    """A call, and the SHA-256 of the entry before it followed by the call's canonical JSON."""

    call: Call
    digest: str


class Ledger:
    """The calls of one gateway in the order they ended, with totals; nothing is ever changed."""

    def __init__(self) -> None:
        # Calls as bytes: objects by the ten thousand lengthen every full garbage collection.
        self._lines: list[bytes] = []
        self._digests: list[str] = []
        self._total = Usage()
        self._by_task: defaultdict[str, Usage] = defaultdict(Usage)

    @property
    def entries(self) -> Sequence[Entry]:
        return tuple(map(Entry, map(Call.read, self._lines), self._digests))

    @property
    def head(self) -> str:
        """The newest entry's digest, which covers all of them."""
        return self._digests[-1] if self._digests else GENESIS

    @property
    def total(self) -> Usage:
        return self._total

    def of_task(self, key: str) -> Usage:
        """What calls that are known to belong to the task used."""
        return self._by_task.get(key, Usage())

    def append(self, call: Call) -> None:
        """Add a call that has ended."""
        line = rfc8785.dumps(call.as_json())
        self._digests.append(_digest(self.head, line))
        self._lines.append(line)
        if not call.counts:
            return
        self._total = _plus(self._total, call)
        if call.task_key is not None:
            self._by_task[call.task_key] = _plus(self._by_task[call.task_key], call)


def chained(previous: str, call: Call) -> str:
    """The digest of an entry that follows `previous`; canonical JSON is RFC 8785."""
    return _digest(previous, rfc8785.dumps(call.as_json()))


def is_intact(entries: Iterable[Entry]) -> bool:
    """Whether no entry was changed, removed, added or moved, but for the end cut off."""
    previous = GENESIS
    for entry in entries:
        if entry.digest != chained(previous, entry.call):
            return False
        previous = entry.digest
    return True


def _digest(previous: str, line: bytes) -> str:
    return hashlib.sha256(previous.encode() + line).hexdigest()


def _plus(usage: Usage, call: Call) -> Usage:
    return replace(
        usage,
        prompt_tokens=usage.prompt_tokens + call.prompt_tokens,
        completion_tokens=usage.completion_tokens + call.completion_tokens,
        calls=usage.calls + 1,
    )
