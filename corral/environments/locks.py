"""Locks on names, which many may share or one may have, and which die with their process."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class NameLock:
    """A lock that is held; `close` lets it go. Its file says by its time when it was last used."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, *, shared: bool) -> "NameLock | None":
        """The lock, without waiting; None: somebody has it who does not share it.

        Raises:
            OSError: the file cannot be made.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        while True:
            lock = cls(path, os.open(path, flags, 0o600))
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            try:
                fcntl.flock(lock._descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return None
            if lock._is_current():
                return lock
            lock.close()  # it was removed between being opened and being locked

    def touch(self) -> None:
        """It is used now."""
        now = time.time()
        os.utime(self._descriptor, (now, now))

    def remove(self) -> None:
        """Remove the file; only for who has the lock alone."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let it go."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False
