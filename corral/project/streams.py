"""Decompressed streams, read piece by piece so that a bomb never gets into memory."""

import zlib
from typing import BinaryIO, Protocol

import zstandard

from corral.project.entries import CHUNK, ArchiveStop

# Level 19 and below need 8 MiB, which RFC 8878 asks every decoder to support.
MAX_ZSTD_WINDOW = 8 * 1024 * 1024
MAX_GZIP_MEMBERS = 5_000
_DAMAGED = "is damaged: its compressed data can't be read"
_CUT = "is cut short: its compressed data ends too early"


class Source(Protocol):
    """Bytes in order; `read` gives at most n of them, and nothing only at the end."""

    def read(self, n: int) -> bytes: ...


class GzipSource:
    """A gzip stream (RFC 1952) of one or several members."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inflate = zlib.decompressobj(31)
        self._packed = b""
        self._members = 1

    def read(self, n: int) -> bytes:
        """At most n unpacked bytes.

        Raises:
            ArchiveStop: damaged, or cut short.
        """
        while not self._inflate.eof or self._next_member():
            packed = self._packed or self._file.read(CHUNK)
            if not packed:
                raise ArchiveStop(_CUT)
            unpacked = self._step(packed, n)
            if unpacked:
                return unpacked
        return b""

    def _step(self, packed: bytes, n: int) -> bytes:
        try:
            unpacked = self._inflate.decompress(packed, n)
        except zlib.error as error:
            raise ArchiveStop(_DAMAGED) from error
        self._packed = self._inflate.unused_data or self._inflate.unconsumed_tail
        return unpacked

    def _next_member(self) -> bool:
        """Go to the next member; False at the end. Zeros between and after members are padding."""
        rest = self._packed.lstrip(b"\0")
        while not rest:
            more = self._file.read(CHUNK)
            if not more:
                return False
            rest = more.lstrip(b"\0")
        self._members += 1
        if self._members > MAX_GZIP_MEMBERS:
            raise ArchiveStop(f"consists of more than {MAX_GZIP_MEMBERS:,} gzip members")
        self._packed = rest
        self._inflate = zlib.decompressobj(31)
        return True


class ZstdSource:
    """A Zstandard stream (RFC 8878), refused if it asks for a window above MAX_ZSTD_WINDOW.

    A missing end is not seen here; the tar reader sees it.
    """

    def __init__(self, file: BinaryIO) -> None:
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
        self._reader = decompressor.stream_reader(
            file, read_size=CHUNK, read_across_frames=True, closefd=False
        )

    def read(self, n: int) -> bytes:
        """At most n unpacked bytes.

        Raises:
            ArchiveStop: damaged, or its window is too large.
        """
        try:
            return self._reader.read(n)
        except zstandard.ZstdError as error:
            if "memory" in str(error):
                raise ArchiveStop(
                    "needs a Zstandard window above 8 MiB; pack it at level 19 or lower, "
                    "without --long"
                ) from error
            raise ArchiveStop(_DAMAGED) from error
