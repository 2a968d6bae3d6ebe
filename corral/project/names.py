"""Which names the entries of an archive may have."""

import re
import unicodedata
from typing import TypeAlias

Parts: TypeAlias = tuple[str, ...]

MAX_PATH_BYTES = 512
MAX_PART_BYTES = 255
MAX_DEPTH = 32
_SHOWN = 80
_DRIVE = re.compile(r"[A-Za-z]:")
# Invisible characters that reorder or break the line they are shown in.
_UNSHOWABLE = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(name: str) -> str:
    """The name in double quotes, short and printable, for a sentence."""
    short = name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"
    return '"' + "".join(c if _printable(c) else ascii(c)[1:-1] for c in short) + '"'


def _printable(character: str) -> bool:
    return character not in _UNSHOWABLE and unicodedata.category(character) not in ("Cc", "Cs")


def parts_of(name: str) -> Parts:
    """The parts of a name, without a leading "./" and a closing "/"; () is the root itself."""
    return tuple(part for part in name.split("/") if part not in ("", "."))


def folded(parts: Parts) -> Parts:
    """The same for two names that a case-insensitive file system can't keep apart."""
    return tuple(unicodedata.normalize("NFC", part).casefold() for part in parts)


def name_problem(name: str) -> str | None:
    """What is wrong with the name of an entry, as the rest of a sentence; None: nothing."""
    return text_problem(name) or _path_problem(name)


def text_problem(name: str) -> str | None:
    """What is wrong with the characters of a name or of a link's target."""
    if not name:
        return "has an empty name"
    if any(unicodedata.category(c) == "Cs" for c in name):
        return "has a name that is not UTF-8"
    if not all(_printable(c) for c in name):
        return "has a control character in its name"
    if "\\" in name:
        return "has a backslash in its name; folders are separated by /"
    if len(name.encode()) > MAX_PATH_BYTES:
        return f"has a path longer than {MAX_PATH_BYTES} bytes"
    return None


def _path_problem(name: str) -> str | None:
    if name.startswith("/"):
        return "is an absolute path"
    if _DRIVE.match(name):
        return "starts with a drive letter"
    if ".." in name.split("/"):
        return 'leaves the project by ".."'
    if len(parts_of(name)) > MAX_DEPTH:
        return f"lies more than {MAX_DEPTH} folders deep"
    if any(len(part.encode()) > MAX_PART_BYTES for part in parts_of(name)):
        return f"has a part longer than {MAX_PART_BYTES} bytes"
    return None


def is_clutter(parts: Parts) -> bool:
    """Whether macOS put it there unasked: counted and checked like the rest, but never unpacked."""
    return parts[:1] == ("__MACOSX",) or any(
        part == ".DS_Store" or part.startswith("._") for part in parts[-1:]
    )
