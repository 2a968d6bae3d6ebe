"""A topic for tests: its versions are kept in memory, as PostgreSQL would keep them."""

from dataclasses import dataclass, field
from typing import Any

from live.topics import Message


@dataclass
class Ledger:
    """Deltas 1 to n; those up to `pruned` are gone, and only a snapshot tells of them."""

    watchers: dict[str, str] = field(default_factory=lambda: {"open": "everybody"})
    version: int = 0
    pruned: int = 0
    broken: bool = False
    asked: int = 0

    def authorise(self, person: Any, key: str) -> str | None:
        return self.watchers.get(key)

    def snapshot(self, channel: str) -> Message:
        return {"type": "snapshot", "version": self.version, "board": {"of": channel}}

    def since(self, channel: str, n: int) -> list[Message] | None:
        self.asked += 1
        if self.broken:
            raise RuntimeError("The database is away.")
        if n < self.pruned or n > self.version:
            return None
        return [self.delta(number) for number in range(n + 1, self.version + 1)]

    def delta(self, number: int) -> dict[str, Any]:
        return {"type": "delta", "version": number, "board": {"n": number}}

    def grow(self) -> dict[str, Any]:
        """Another version; its delta, to be pushed or lost."""
        self.version += 1
        return self.delta(self.version)
