"""A strict tar reader: ustar, pax (path, linkpath, size) and GNU long names; one forward pass.

The standard library's reader keeps headers of any size in memory and, before Python 3.11.10, can
be made to hang by one (CVE-2024-6232, CVE-2025-8194); this one reads every header within a bound.
Source: POSIX.1-2017 pax interchange format; GNU tar manual, "Basic Tar Format".
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from corral.project.entries import CHUNK, ArchiveStop, Entry, Kind
from corral.project.streams import Source

BLOCK = 512
MAX_EXTENDED_HEADER = 64 * 1024
_ZEROS = bytes(BLOCK)
_CUT = "is cut short: a tar archive must end with two blocks of zeros"
_NOT_TAR = "is not a tar archive inside, or it is damaged: a header's checksum is wrong"
_BAD_HEADER = "is damaged: a tar header can't be read"
_KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"5": Kind.FOLDER,
    b"2": Kind.SYMLINK,
    b"1": Kind.HARDLINK,
}
_TROUBLES = {
    b"3": "is a character device",
    b"4": "is a block device",
    b"6": "is a named pipe",
    b"S": "is a sparse file",
}


@dataclass(frozen=True, slots=True)
class _Header:
    name: bytes
    mode: int
    size: int
    type: bytes
    link: bytes


@dataclass(frozen=True, slots=True)
class _Extended:
    """What extended headers said about the next entry."""

    name: bytes | None = None
    link: bytes | None = None
    size: int | None = None
    sparse: bool = False


class TarReader:
    """Reads entries off a decompressed stream."""

    def __init__(self, source: Source, *, max_stream_bytes: int) -> None:
        self._source = source
        self._left = max_stream_bytes

    def entries(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        """Each entry with its data.

        Raises:
            ArchiveStop: damaged, cut short, or longer than `max_stream_bytes`.
        """
        extended = _Extended()
        while (block := self._exactly(BLOCK)) != _ZEROS:
            header = _parse(block)
            if header.type in b"xgLK":
                extended = self._extend(extended, header)
                continue
            entry = _entry(header, extended)
            extended = _Extended()
            data = self._data(entry.size)
            yield entry, data
            for _ in data:
                pass
        self._finish()

    def _read(self, n: int) -> bytes:
        data = self._source.read(n)
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveStop("is larger unpacked than is allowed")
        return data

    def _exactly(self, n: int) -> bytes:
        pieces = bytearray()
        while len(pieces) < n:
            piece = self._read(n - len(pieces))
            if not piece:
                raise ArchiveStop(_CUT)
            pieces += piece
        return bytes(pieces)

    def _data(self, size: int) -> Iterator[bytes]:
        left = size
        while left:
            chunk = self._read(min(left, CHUNK))
            if not chunk:
                raise ArchiveStop(_CUT)
            left -= len(chunk)
            yield chunk
        self._exactly(-size % BLOCK)

    def _extend(self, known: _Extended, header: _Header) -> _Extended:
        if header.size > MAX_EXTENDED_HEADER:
            raise ArchiveStop(f"has a tar header larger than {MAX_EXTENDED_HEADER // 1024} KiB")
        data = self._exactly(header.size)
        self._exactly(-header.size % BLOCK)
        match header.type:
            case b"L":
                return replace(known, name=data.rstrip(b"\0"))
            case b"K":
                return replace(known, link=data.rstrip(b"\0"))
            case b"x":
                return _from_pax(known, _pax_records(data))
        if _pax_records(data).keys() & {b"path", b"linkpath", b"size"}:
            raise ArchiveStop("has a global tar header that renames its entries")
        return known

    def _finish(self) -> None:
        """Only zeros may follow: what was looked at must be all that anybody unpacks."""
        while block := self._read(CHUNK):
            if block.strip(b"\0"):
                raise ArchiveStop("has data after its end")


def _entry(header: _Header, extended: _Extended) -> Entry:
    name = extended.name if extended.name is not None else header.name
    link = extended.link if extended.link is not None else header.link
    size = extended.size if extended.size is not None else header.size
    kind = _KINDS.get(header.type, Kind.OTHER)
    if kind is Kind.FILE and name.endswith(b"/"):
        kind = Kind.FOLDER
    return Entry(
        name=name.decode("utf-8", "surrogateescape"),
        kind=kind,
        size=size,
        executable=bool(header.mode & 0o111),
        link=link.decode("utf-8", "surrogateescape") if kind in _LINKS else "",
        trouble=_trouble(kind, header.type, size, extended),
    )


_LINKS = (Kind.SYMLINK, Kind.HARDLINK)


def _trouble(kind: Kind, type_: bytes, size: int, extended: _Extended) -> str | None:
    if kind is Kind.OTHER:
        return _TROUBLES.get(type_, "is of a kind that is not allowed")
    if extended.sparse:
        return "is a sparse file"
    if kind is not Kind.FILE and size:
        return f"is a {kind.value} that carries data"
    return None


def _parse(block: bytes) -> _Header:
    unsigned = sum(block) - sum(block[148:156]) + 8 * 32
    if _number(block[148:156], _NOT_TAR) != unsigned:
        raise ArchiveStop(_NOT_TAR)
    name = _text(block[0:100])
    if block[257:263] == b"ustar\0" and block[345]:
        name = _text(block[345:500]) + b"/" + name
    return _Header(
        name=name,
        mode=_number(block[100:108], _BAD_HEADER),
        size=_number(block[124:136], _BAD_HEADER),
        type=block[156:157],
        link=_text(block[157:257]),
    )


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes, problem: str) -> int:
    """A header's number: octal text, or base-256 where its first bit is set (GNU)."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        raise ArchiveStop(problem)
    return int(digits, 8)


def _pax_records(data: bytes) -> dict[bytes, bytes]:
    """The records "length key=value\\n" of a pax header, read in linear time."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        space = data.find(b" ", at, at + 8)
        digits = data[at:space] if space > at else b""
        if not digits.isdigit():
            raise ArchiveStop(_BAD_HEADER)
        end = at + int(digits)
        key, equals, value = data[space + 1 : end].partition(b"=")
        if end <= space + 1 or end > len(data) or not equals or value[-1:] != b"\n":
            raise ArchiveStop(_BAD_HEADER)
        records[key] = value[:-1]
        at = end
    return records


def _from_pax(known: _Extended, records: dict[bytes, bytes]) -> _Extended:
    size = records.get(b"size")
    if size is not None and not (size.isdigit() and len(size) <= 20):
        raise ArchiveStop(_BAD_HEADER)
    return _Extended(
        name=records.get(b"path", known.name),
        link=records.get(b"linkpath", known.link),
        size=known.size if size is None else int(size),
        sparse=known.sparse or any(key.startswith(b"GNU.sparse") for key in records),
    )
