"""Keeps the beginning and the end of a stream of any length."""

from collections import deque


class HeadTail:
    """The first and the last `limit` bytes of what was written, and how much that was in all."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.total += len(chunk)
        room = self.limit - len(self._head)
        self._head += chunk[:room]
        rest = chunk[max(room, 0) :][-self.limit :]
        if rest:
            self._tail.append(rest)
            self._tail_bytes += len(rest)
        while self._tail and self._tail_bytes - len(self._tail[0]) >= self.limit:
            self._tail_bytes -= len(self._tail.popleft())

    @property
    def head(self) -> str:
        """The first bytes as text; NUL, which PostgreSQL can't store, and bad UTF-8 are shown."""
        return _text(bytes(self._head))

    @property
    def tail(self) -> str:
        """The last bytes that are not in the head already."""
        return _text(b"".join(self._tail)[-self.limit :])


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\x00", "\N{SYMBOL FOR NULL}")
