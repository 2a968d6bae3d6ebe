"""What every archive reader gives: entries in order, each with its bytes as a stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

CHUNK = 64 * 1024
MAX_LINK_BYTES = 512


class ArchiveStop(Exception):
    """Reading can't go on; the message is the rest of a sentence that starts with the archive."""


class Kind(Enum):
    """What an entry is; OTHER is never accepted."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its header declares it: nothing here has been checked, sizes are claims.

    `trouble` is what makes the entry unacceptable by itself, as the rest of a sentence.
    """

    name: str
    kind: Kind
    size: int
    executable: bool = False
    link: str = ""
    trouble: str | None = None


class ArchiveReader(Protocol):
    """One pass over an archive; raises ArchiveStop on what it can't read."""

    def entries(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        """Each entry with its data, in chunks of CHUNK at most; data not taken is passed over."""
