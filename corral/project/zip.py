"""A strict zip reader: stored and deflated entries, each held against its declared size and CRC.

The table of contents is read by the standard library, through a file that refuses large reads;
the data is unpacked here, because the library cuts an entry off at its declared size in silence
and unpacks bzip2 and LZMA without a bound. Source: PKWARE APPNOTE.TXT 6.3.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from corral.project.entries import CHUNK, MAX_LINK_BYTES, ArchiveStop, Entry, Kind

MAX_CONTENTS_BYTES = 4 * 1024 * 1024
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_PATCHED = 0x20
_UTF8 = 0x800
_LOCAL = struct.Struct("<4s5H3L2H")
_DAMAGED = "is damaged, cut short or not a zip file"
_METHODS = {zipfile.ZIP_STORED: "store", zipfile.ZIP_DEFLATED: "deflate"}


class _Guarded(io.RawIOBase):
    """A read-only file that stops whoever asks for too much at once or for a place before it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._file.tell(), self._size())[whence]
        if base + offset < 0:
            # zipfile takes an OSError here for "no zip file"
            raise OSError("before the start")
        return self._file.seek(base + offset)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            size = max(0, self._size() - self._file.tell())
        if size > MAX_CONTENTS_BYTES:
            raise ArchiveStop(
                f"has a table of contents larger than {MAX_CONTENTS_BYTES // 2**20} MiB"
            )
        return self._file.read(size)

    def _size(self) -> int:
        here = self._file.tell()
        end = self._file.seek(0, io.SEEK_END)
        self._file.seek(here)
        return end


class ZipReader:
    """Reads entries in the order of the table of contents."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._infos = _table_of_contents(file)

    def entries(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        """Each entry with its data; an entry with a `trouble` has none.

        Raises:
            ArchiveStop: damaged, or an entry holds more or less than it declares.
        """
        for info in self._infos:
            entry = _entry(info)
            if entry.trouble is None and entry.kind is Kind.SYMLINK:
                entry = self._with_target(entry, info)
            data = self._data(info) if entry.trouble is None else iter(())
            yield entry, data

    def declared_bytes(self) -> int:
        """The sum of all declared sizes."""
        return sum(info.file_size for info in self._infos)

    def _with_target(self, entry: Entry, info: zipfile.ZipInfo) -> Entry:
        """A zip keeps a link's target as the entry's data."""
        if info.file_size > MAX_LINK_BYTES:
            trouble = f"is a link with a target longer than {MAX_LINK_BYTES} bytes"
            return Entry(entry.name, entry.kind, entry.size, trouble=trouble)
        target = b"".join(self._data(info)).decode("utf-8", "surrogateescape")
        return Entry(entry.name, entry.kind, 0, link=target)

    def _data(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        self._go_to_data(info)
        unpacked, crc = 0, 0
        for chunk in _inflated(self._packed(info), info):
            unpacked += len(chunk)
            crc = zlib.crc32(chunk, crc)
            if unpacked > info.file_size:
                break
            yield chunk
        if unpacked != info.file_size:
            raise ArchiveStop("holds an entry whose real size is not the one that it declares")
        if crc != info.CRC:
            raise ArchiveStop("is damaged: the checksum of an entry is wrong")

    def _go_to_data(self, info: zipfile.ZipInfo) -> None:
        self._file.seek(info.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise ArchiveStop(_DAMAGED)
        fields = _LOCAL.unpack(header)
        name = self._file.read(fields[-2])
        if name != _raw_name(info) or fields[2] & _ENCRYPTED or fields[3] != info.compress_type:
            raise ArchiveStop("is damaged: an entry contradicts the table of contents")
        self._file.seek(fields[-1], io.SEEK_CUR)

    def _packed(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        left = info.compress_size
        at = self._file.tell()
        while left:
            # others may have read from the file since the last chunk
            self._file.seek(at)
            chunk = self._file.read(min(left, CHUNK))
            if not chunk:
                raise ArchiveStop(_DAMAGED)
            left, at = left - len(chunk), at + len(chunk)
            yield chunk


def _table_of_contents(file: BinaryIO) -> list[zipfile.ZipInfo]:
    file.seek(0)
    try:
        with zipfile.ZipFile(_Guarded(file)) as archive:
            infos = archive.infolist()
    except UnicodeDecodeError as error:
        raise ArchiveStop("holds an entry with a name that is not UTF-8") from error
    # RuntimeError is zipfile's word for what it does not support.
    except (zipfile.BadZipFile, RuntimeError, ValueError, struct.error, EOFError) as error:
        raise ArchiveStop(_DAMAGED) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise ArchiveStop(_DAMAGED) from error
    if any(info.header_offset < 0 for info in infos):
        raise ArchiveStop(_DAMAGED)
    return infos


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def _entry(info: zipfile.ZipInfo) -> Entry:
    # Many tools write UTF-8 without saying so; the library then decodes as code page 437.
    name = _raw_name(info).decode("utf-8", "surrogateescape")
    mode = info.external_attr >> 16
    kind = _kind(name, mode)
    return Entry(
        name=name,
        kind=kind,
        size=info.file_size,
        executable=kind is Kind.FILE and bool(mode & 0o111),
        trouble=_trouble(info, kind),
    )


def _kind(name: str, mode: int) -> Kind:
    kinds = {0: Kind.FILE, stat.S_IFREG: Kind.FILE, stat.S_IFLNK: Kind.SYMLINK}
    if name.endswith("/"):
        return Kind.FOLDER if stat.S_IFMT(mode) in (0, stat.S_IFDIR) else Kind.OTHER
    return kinds.get(stat.S_IFMT(mode), Kind.OTHER)


def _trouble(info: zipfile.ZipInfo, kind: Kind) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if kind is Kind.OTHER:
        return "is a device, a named pipe or of another kind that is not allowed"
    if info.compress_type not in _METHODS or info.flag_bits & _PATCHED:
        return "is packed by a method that is not allowed; only store and deflate are"
    if kind is Kind.FOLDER and info.file_size:
        return "is a folder that carries data"
    return None


def _inflated(packed: Iterator[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.compress_type == zipfile.ZIP_STORED:
        yield from packed
        return
    inflate = zlib.decompressobj(-15)
    try:
        for chunk in packed:
            while chunk and not inflate.eof:
                yield inflate.decompress(chunk, CHUNK)
                chunk = inflate.unconsumed_tail
        while not inflate.eof and (rest := inflate.decompress(b"", CHUNK)):
            yield rest
    except zlib.error as error:
        raise ArchiveStop("is damaged: its compressed data can't be read") from error
    if not inflate.eof:
        raise ArchiveStop("is cut short: the compressed data of an entry ends too early")
