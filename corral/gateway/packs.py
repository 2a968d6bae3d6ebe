"""Entries of a ledger as bytes for storage: canonical JSON (RFC 8785), one a line, compressed."""

import base64
import json
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

import rfc8785
import zstandard

from corral.errors import CorralError
from corral.gateway.ledger import Call, Entry, chained, has_its_bodies
from corral.json_types import Json

UNPACKED_BYTES = 128 * 1024 * 1024
_LEVEL = 3


class PackRefused(CorralError):
    """Stored entries that are not what was stored; one sentence says why."""


def pack_entries(entries: Iterable[Entry]) -> bytes:
    """Entries for storage; `unpack_entries` is the inverse."""
    lines = b"".join(map(_line, entries))
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(lines)


def unpack_entries(packed: bytes, *, most: int = UNPACKED_BYTES) -> tuple[Entry, ...]:
    """Entries as they were packed; only what the first one follows is left to be checked.

    Raises:
        PackRefused: they are more than `most` bytes, can't be read, or are not intact.
    """
    entries = tuple(_read_line(line) for line in _unpacked(packed, most).split(b"\n") if line)
    if not all(has_its_bodies(entry) for entry in entries):
        raise PackRefused("A body is not the one that its call's digest is of.")
    if not all(after.digest == chained(one.digest, after.call) for one, after in pairwise(entries)):
        raise PackRefused("An entry does not follow the one before it.")
    return entries


def _unpacked(packed: bytes, most: int) -> bytes:
    """The lines; how long they are is in the head, so nothing longer is ever made."""
    try:
        size = zstandard.frame_content_size(packed)
        if size > most:
            raise PackRefused(f"The packed entries are more than {most:,} bytes.")
        if size >= 0:
            return zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
    except zstandard.ZstdError:
        pass
    raise PackRefused("The packed entries are damaged.")


def _line(entry: Entry) -> bytes:
    """An object with sorted keys, put together by hand: bodies are long, and only text."""
    members = {
        "digest": entry.digest,
        "request": _text_of(entry.request),
        "response": _text_of(entry.response),
    }
    rest = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
    return b'{"call":' + rfc8785.dumps(entry.call.as_json()) + b"," + rest[1:] + b"\n"


def _text_of(body: bytes | None) -> Json:
    """Text as such, so that it compresses and can be read; other bytes in base64."""
    if body is None:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _read_line(line: bytes) -> Entry:
    try:
        match json.loads(line):
            case {"call": dict(call), "digest": str(digest), "request": one, "response": other}:
                return Entry(_read_call(call), digest, _bytes_of(one), _bytes_of(other))
    except (ValueError, TypeError, RecursionError):
        pass
    raise PackRefused("A packed entry can't be read.")


def _read_call(stored: dict[str, Any]) -> Call:
    match stored:
        case {
            "at": str(at), "task_key": str() | None, "path": str(), "prompt_tokens": int(),
            "completion_tokens": int(), "reasoning_tokens": int(), "latency_ms": int() | float(),
            "status": int(), "request_digest": str(), "response_digest": str(),
            "estimated": bool(), "build": str(), **others,
        } if not others:  # fmt: skip
            return Call(**{**stored, "at": datetime.fromisoformat(at)})
        case _:
            raise ValueError("The fields are not those of a call.")


def _bytes_of(stored: Json) -> bytes | None:
    match stored:
        case None:
            return None
        case str(text):
            return text.encode()
        case {"base64": str(encoded)}:
            return base64.b64decode(encoded, validate=True)
        case _:
            raise ValueError("A body is neither text nor base64.")
