"""Where tests build environments, and what they look at afterwards."""

from dataclasses import dataclass, replace
from pathlib import Path

from corral.environments.build import Bounds
from corral.environments.environments import Environment, Environments
from corral.environments.order import Base, Source
from corral.environments.shelf import Shelf
from tests.corral.sandbox.workshop import PYTHON
from tests.fakes.index import Index

CACHE_BYTES = 10**9
NOTHING = Base()
PLENTY = Bounds(seconds=60.0)


@dataclass(frozen=True)
class Yard:
    """Builds by `uid` out of `index`; `source` and `bounds` may be others."""

    state: Path
    index: Index
    uid: int | None
    base: Base = NOTHING
    source: Source | None = None
    bounds: Bounds = PLENTY
    cache_bytes: int = CACHE_BYTES

    def but(self, **others: object) -> "Yard":
        """Another one in the same place."""
        return replace(self, **others)  # type: ignore[arg-type]

    @property
    def environments(self) -> Environments:
        source = self.source or Source(index_url=self.index.url)
        return Environments(self.state, PYTHON, self.base, source, self.bounds, self.cache_bytes)

    async def made(self, *lines: str) -> Environment:
        """The environment, which is let go at once."""
        async with self.environments.held(lines, uid=self.uid) as environment:
            return environment

    @property
    def shelf(self) -> Shelf:
        return self.environments.shelf

    def shelved(self) -> list[str]:
        """All that is on the shelf but locks."""
        return sorted(p.name for p in self.shelf.folder.glob("*") if p.suffix != ".lock")
