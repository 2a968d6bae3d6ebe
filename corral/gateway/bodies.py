"""What went over the wire, for the record: always its digest, the bytes where they are not huge."""

import hashlib

BODY_BYTES = 4 * 1024 * 1024


class Body:
    """A body as it comes, in pieces; of one longer than BODY_BYTES only the digest is kept."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """The next piece."""
        self._sum.update(piece)
        self._size += len(piece)
        if self._size <= BODY_BYTES:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    @property
    def empty(self) -> bool:
        return not self._size

    @property
    def digest(self) -> str:
        """SHA-256 in hex of everything so far."""
        return self._sum.hexdigest()

    @property
    def kept(self) -> bytes | None:
        """The bytes, None where they are too many."""
        return b"".join(self._pieces) if self._size <= BODY_BYTES else None
