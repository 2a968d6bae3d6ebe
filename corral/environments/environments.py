"""Environments for runs: found, or built once while others wait, and held for as long as needed."""

import asyncio
import hashlib
import random
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from corral.certain import finish_for_certain
from corral.environments.build import Bounds, build_environment
from corral.environments.folder import remove_folder
from corral.environments.locks import NameLock
from corral.environments.order import Base, Order, Source
from corral.environments.shelf import Found, Shelf
from corral.errors import EnvironmentUnavailable
from corral.json_types import JsonObject
from corral.sandbox.interpreter import describe_interpreter

ASK_AGAIN_SECONDS = 0.1
_PINNED = re.compile(r"^([a-z0-9._-]+==[^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Environment:
    """Packages to mount in the base environment's place, and what they are.

    `digest` is the SHA-256 of the lock that was resolved; `built` says that nobody had it before,
    and `seconds` what it cost now.
    """

    packages: Path
    digest: str
    pins: tuple[str, ...]
    built: bool
    seconds: float

    def as_json(self) -> JsonObject:
        """For an attempt's record."""
        return {
            "digest": self.digest,
            "packages": list(self.pins),
            "built": self.built,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Environments:
    """Makes environments for `interpreter`, with `base` in each, out of `source`.

    All workers of a machine with the same `state` share what was built. `cache_bytes` is kept by
    removing what was not used for longest.
    """

    state: Path
    interpreter: Path
    base: Base
    source: Source
    bounds: Bounds
    cache_bytes: int

    @asynccontextmanager
    async def held(self, lines: Sequence[str], *, uid: int | None) -> AsyncIterator[Environment]:
        """The environment for these lines of `parse_requirements`, kept while the context lasts.

        `uid` is who builds it, None for the caller; when this is cancelled the builder is killed.

        Raises:
            EnvironmentFailed: it cannot be had, by the project's doing.
            EnvironmentUnavailable, SandboxUnavailable: by the platform's.
        """
        began = time.monotonic()
        order = Order(tuple(lines), self.base, describe_interpreter(self.interpreter), self.source)
        try:
            lock, found, built = await self._acquired(order, uid)
        except OSError as error:
            raise EnvironmentUnavailable(f"No environment can be built: {error}") from error
        with lock:
            yield Environment(
                packages=found.packages,
                digest=hashlib.sha256(found.resolved.encode()).hexdigest(),
                pins=tuple(_PINNED.findall(found.resolved)),
                built=built,
                seconds=time.monotonic() - began,
            )

    @property
    def shelf(self) -> Shelf:
        """Where they are kept."""
        return Shelf(self.state.absolute() / "environments" / "projects", self.cache_bytes)

    async def _acquired(self, order: Order, uid: int | None) -> tuple[NameLock, Found, bool]:
        shelf, key, built = self.shelf, order.key, False
        while True:
            if lock := shelf.lock(key, shared=True):
                if found := shelf.find(key):
                    lock.touch()
                    return lock, found, built
                lock.close()
            if lock := shelf.lock(key, shared=False):
                with lock:
                    if shelf.find(key) is None:
                        await self._build(order, uid)
                        built = True
            else:
                await asyncio.sleep(ASK_AGAIN_SECONDS * (1 + random.random()))

    async def _build(self, order: Order, uid: int | None) -> None:
        """Put it on the shelf; whatever happens, nothing else stays."""
        shelf, state = self.shelf, self.state.absolute()
        await finish_for_certain(asyncio.to_thread(shelf.clear, order.key))
        making = shelf.begin(order.key)
        try:
            built = await build_environment(order, self.bounds, state=state, folder=making, uid=uid)
            await finish_for_certain(asyncio.to_thread(shelf.put, order.key, making, built))
        finally:
            if making.exists():
                await finish_for_certain(asyncio.to_thread(remove_folder, making))
        await finish_for_certain(asyncio.to_thread(shelf.make_room, keep=order.key))
