"""Entries as they are stored: whole, small, and refused where they are not what was stored."""

from dataclasses import replace

import pytest
import zstandard

from corral.gateway.ledger import Call, Entry, Ledger, is_intact
from corral.gateway.packs import PackRefused, pack_entries, unpack_entries
from tests.corral.gateway.test_ledger import CALL, call_of


def entries_of(*bodies: tuple[bytes, bytes]) -> tuple[Entry, ...]:
    """A ledger with a call for each request and response."""
    ledger = Ledger()
    for request, response in bodies:
        ledger.append(call_of(request, response), request, response)
    return ledger.since(0)


ENTRIES = entries_of((b'{"a":1}', "é\n\r\x00".encode()), (b"\xff\xfe", b""), (b"", b"x" * 9000))


def test_entries_come_back_as_they_went() -> None:
    assert unpack_entries(pack_entries(ENTRIES)) == ENTRIES
    assert unpack_entries(pack_entries([])) == ()


def test_bodies_that_are_not_kept_come_back_as_such() -> None:
    bare = tuple(Entry(entry.call, entry.digest) for entry in ENTRIES)

    assert unpack_entries(pack_entries(bare)) == bare


def test_chain_goes_on_over_packs() -> None:
    one, other = pack_entries(ENTRIES[:1]), pack_entries(ENTRIES[1:])
    first, rest = unpack_entries(one), unpack_entries(other)

    assert is_intact([*first, *rest])
    assert is_intact(rest, previous=first[-1].digest)
    assert not is_intact(rest)


def test_bodies_compress() -> None:
    assert len(pack_entries(ENTRIES[2:])) < 600


def changed(call: Call) -> list[Entry]:
    return [ENTRIES[0], replace(ENTRIES[1], call=call)]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([replace(ENTRIES[0], response=b"other")], "A body is not the one"),
        ([ENTRIES[1], ENTRIES[0]], "An entry does not follow"),
        (changed(CALL), "A body is not the one"),
        (changed(replace(ENTRIES[1].call, prompt_tokens=8)), "An entry does not follow"),
    ],
)
def test_entries_that_are_not_intact_are_refused(entries: list[Entry], reason: str) -> None:
    with pytest.raises(PackRefused, match=reason):
        unpack_entries(pack_entries(entries))


def pack(lines: bytes) -> bytes:
    return zstandard.compress(lines)


def unpacked() -> bytes:
    return zstandard.decompress(pack_entries(ENTRIES))


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"hello",
        pack_entries(ENTRIES)[:-1],
        pack_entries(ENTRIES) + b"x",
        zstandard.ZstdCompressor(write_content_size=False).compress(b"{}\n"),
        pack(b"{}\n"),
        pack(b"[" * 100_000),
        pack(b"\xff\n"),
        pack(unpacked()[:-3]),
        pack(unpacked().replace(b'"build":"b6000"', b'"build":7')),
        pack(unpacked().replace(b'"build":"b6000",', b"")),
        pack(unpacked().replace(b'"build":"b6000"', b'"build":"b6000","extra":1')),
        pack(unpacked().replace(b'"at":"2026', b'"at":"x')),
        pack(unpacked().replace(b'{"base64":"//4="}', b'{"base64":"/"}')),
        pack(unpacked().replace(b'{"base64":"//4="}', b"7")),
    ],
)
def test_bytes_that_are_no_pack_are_refused(packed: bytes) -> None:
    with pytest.raises(PackRefused):
        unpack_entries(packed)


def test_pack_that_is_too_large_is_refused_unread() -> None:
    packed = pack(b"\n" * 50_000_000)

    with pytest.raises(PackRefused, match="more than 1,000 bytes"):
        unpack_entries(packed, most=1000)
