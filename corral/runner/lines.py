"""Cuts a stream of bytes into lines without ever holding more than one line's limit."""

from collections.abc import Iterator
from dataclasses import dataclass

HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; of one that is too long only the first HEAD_BYTES are kept."""

    data: bytes
    too_long: bool = False


class LineSplitter:
    """Feed it chunks; it gives the lines that end in them. Lines over `limit` bytes are skipped."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Every line that `chunk` completes, in order."""
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            self._hold(piece)
            yield from self.finish()
        self._hold(rest)

    def finish(self) -> Iterator[Line]:
        """The line held so far, if there is one: at a newline, or at the end of the stream."""
        line = Line(bytes(self._held), self._skipping)
        self._held.clear()
        self._skipping = False
        if line.too_long or line.data.strip():
            yield line

    def _hold(self, piece: bytes) -> None:
        if not self._skipping:
            self._held += piece
            if len(self._held) > self._limit:
                self._skipping = True
                del self._held[min(HEAD_BYTES, self._limit) :]
