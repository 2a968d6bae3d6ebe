"""Environments that were built, by name: whole or not there, and no more than the disk may take."""

import json
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corral.environments.build import Built
from corral.environments.folder import remove_folder, size_of
from corral.environments.locks import NameLock
from corral.sandbox.folders import make_traversable

_TOLD = "built.json"
_RESOLVED = "resolved.txt"
_MAKING, _GONE = ".making-", ".gone-"


@dataclass(frozen=True, slots=True)
class Found:
    """One that was built: where its packages are, and what was resolved, a lock with hashes."""

    packages: Path
    resolved: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of environments, for all workers of a machine; `most_bytes` is kept by eviction."""

    folder: Path
    most_bytes: int

    def lock(self, key: str, *, shared: bool) -> NameLock | None:
        """The lock of a name: shared by those who use it, had alone by who builds or evicts it.

        Raises:
            OSError: the folder cannot be made.
        """
        make_traversable(self.folder)
        return NameLock.take(self.folder / f".{key}.lock", shared=shared)

    def find(self, key: str) -> Found | None:
        """What was built under that name."""
        folder = self.folder / key
        try:
            told = json.loads((folder / _TOLD).read_bytes())
            return Found(folder / str(told["packages"]), (folder / _RESOLVED).read_text())
        except (OSError, ValueError, KeyError):
            return None

    def begin(self, key: str) -> Path:
        """A folder to build in, which others may pass."""
        making = Path(tempfile.mkdtemp(prefix=f"{_MAKING}{key}-", dir=self.folder))
        making.chmod(0o711)
        return making

    def put(self, key: str, making: Path, built: Built) -> None:
        """Put what was built in `making` on the shelf, in one step.

        Its folder has another name each time: what still has an older one mounted must not be taken
        for a user of this one.
        """
        name = f"packages-{making.name.rpartition('-')[2]}"
        built.packages.rename(making / name)
        remove_folder(making / "work")
        (making / _RESOLVED).write_text(built.resolved)
        told = {"packages": name, "bytes": size_of(making).bytes}
        (making / _TOLD).write_text(json.dumps(told))
        making.chmod(0o755)
        remove_folder(self.folder / key)  # one that `find` could not read
        making.rename(self.folder / key)

    def clear(self, key: str) -> None:
        """Remove what killed builders left of it; only for who has its lock alone."""
        for left in self.folder.glob(f"{_MAKING}{key}-*"):
            remove_folder(left)

    def make_room(self, *, keep: str) -> None:
        """Remove what was not used for longest until the rest fits, but nothing that is in use."""
        self._remove_left_overs()
        shelved = sorted(self._shelved(), key=lambda each: each[1])
        total = sum(size for _, _, size in shelved)
        for key, _, size in shelved:
            if total <= self.most_bytes:
                return
            if key != keep and self._evict(key):
                total -= size

    def _shelved(self) -> Iterator[tuple[str, float, int]]:
        """The name, the time of its last use and the size of each."""
        for told in self.folder.glob(f"*/{_TOLD}"):
            key = told.parent.name
            if key.startswith("."):  # others are at it: it is about to be shelved, or going
                continue
            try:
                used = (self.folder / f".{key}.lock").stat().st_mtime
                yield key, used, int(json.loads(told.read_bytes())["bytes"])
            except FileNotFoundError:
                yield key, 0.0, size_of(told.parent).bytes
            except (OSError, ValueError, KeyError):
                continue

    def _evict(self, key: str) -> bool:
        """Remove one, unless it is in use, or another process was quicker."""
        lock = self.lock(key, shared=False)
        if lock is None:
            return False
        gone = self.folder / f"{_GONE}{secrets.token_hex(8)}"
        with lock:
            try:
                (self.folder / key).rename(gone)
            except FileNotFoundError:
                return False
            finally:
                lock.remove()
        remove_folder(gone)
        return True

    def _remove_left_overs(self) -> None:
        """What killed processes left: builds that nobody is at, and what was half removed."""
        for making in self.folder.glob(f"{_MAKING}*"):
            key = making.name.removeprefix(_MAKING).rpartition("-")[0]
            lock = self.lock(key, shared=False)
            if lock is not None:
                with lock:
                    remove_folder(making)
        for gone in self.folder.glob(f"{_GONE}*"):
            remove_folder(gone)
