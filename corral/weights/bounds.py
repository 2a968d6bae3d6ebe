"""Whether a GGUF file's header is what its counts say: asked before `gguf` believes them.

The package loops over whatever number a file names. The format is described in ggml's
docs/gguf.md; here only its lengths are walked.
"""

import math
from struct import Struct

from corral.errors import UserError

MOST_KEYS = 10_000
MOST_TENSORS = 100_000
MOST_ITEMS = 2_500_000  # of all lists together; the largest vocabularies take half of it
MOST_DIMENSIONS = 4
MOST_ELEMENTS = 2**48
VERSIONS = (2, 3)
_STRING, _LIST = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_U32, _U64 = Struct("<I"), Struct("<Q")


class WeightsRefused(UserError):
    """A file that is no GGUF file, or a damaged one; the message says what is wrong."""


def check_header(content: memoryview) -> None:
    """Walk the header of a whole file.

    Raises:
        WeightsRefused: it is no GGUF file, is cut off, or names a count that nothing needs.
    """
    walk = _Walk(content)
    if bytes(content[:4]) != b"GGUF":
        raise WeightsRefused("The file is not a GGUF file: it does not begin with GGUF.")
    walk.at = 4
    version = walk.u32()
    if version not in VERSIONS:
        raise WeightsRefused(f"The file's GGUF version is {version}; versions 2 and 3 are read.")
    tensors = _at_most(MOST_TENSORS, walk.u64(), "tensors")
    if not tensors:
        raise WeightsRefused("The file holds no tensors.")
    for _ in range(_at_most(MOST_KEYS, walk.u64(), "metadata keys")):
        walk.text()
        walk.value(walk.u32())
    for _ in range(tensors):
        walk.tensor()


class _Walk:
    """A place in the file, which never passes its end."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._items = 0
        self.at = 0

    def u32(self) -> int:
        """The next 4 bytes as a number."""
        return int(_U32.unpack(self._skip(4))[0])

    def u64(self) -> int:
        """The next 8 bytes as a number."""
        return int(_U64.unpack(self._skip(8))[0])

    def text(self) -> None:
        """Pass a string."""
        self._skip(self.u64())

    def value(self, kind: int) -> None:
        """Pass a metadata value."""
        if kind == _STRING:
            self.text()
        elif kind == _LIST:
            self._list()
        else:
            self._skip(_size(kind))

    def tensor(self) -> None:
        """Pass what the header says of one tensor."""
        self.text()
        dimensions = _at_most(MOST_DIMENSIONS, self.u32(), "dimensions in a tensor")
        elements = math.prod(self.u64() for _ in range(dimensions))
        _at_most(MOST_ELEMENTS, elements, "elements in a tensor")
        self.u32()
        _at_most(len(self._content), self.u64(), "bytes before a tensor")

    def _list(self) -> None:
        kind, count = self.u32(), self.u64()
        self._items = _at_most(MOST_ITEMS, self._items + count, "items in its metadata's lists")
        if kind == _STRING:
            for _ in range(count):
                self.text()
        else:
            self._skip(_size(kind) * count)

    def _skip(self, size: int) -> memoryview:
        start, self.at = self.at, self.at + size
        if self.at > len(self._content):
            raise WeightsRefused("The file is cut off in the middle of its header.")
        return self._content[start : self.at]


def _size(kind: int) -> int:
    if kind not in _SIZES:
        raise WeightsRefused(f"The file's metadata has a value of the unknown kind {kind}.")
    return _SIZES[kind]


def _at_most(most: int, count: int, what: str) -> int:
    if count > most:
        raise WeightsRefused(f"The file names {count:,} {what}; {most:,} are the most.")
    return count
