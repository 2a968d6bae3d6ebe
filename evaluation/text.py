"""Hostile text made readable: what a project wrote is shown as it is, and can do nothing.

Terminal escapes are taken out, control, invisible and direction-changing characters are shown by
their code points, and what is too long keeps its beginning and its end.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

MOST_SPELLED = 500

# ECMA-48: control strings (OSC, DCS, SOS, PM, APC) up to their end, control sequences, the rest.
_ESCAPES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]?"
    r"|\x1b[ -/]{0,16}[0-~]?"
)
_SUSPECT = re.compile(r"[^\t\n\x20-\x7e]")
# Fillers that take no ink though Unicode calls them letters, marks or symbols.
_BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC}


@dataclass(frozen=True, slots=True)
class Clipped:
    """The beginning of a text and, where it is long, its end; `omitted` counts what is between."""

    head: str
    tail: str
    omitted: int


def clip(text: str, most: int) -> Clipped:
    """Keep at most so many characters of a text, half from each end."""
    if len(text) <= most:
        return Clipped(text, "", 0)
    return Clipped(text[: most // 2], text[-(most // 2) :], len(text) - 2 * (most // 2))


def whole_log(head: str, tail: str, total: int) -> str:
    """All that is stored of a log of `total` bytes, with a line where its middle was not kept."""
    missing = max(0, total - len(head.encode()) - len(tail.encode()))
    return f"{head}\n[{missing} bytes were not kept]\n{tail}" if missing and tail else head + tail


def strip_escapes(text: str) -> str:
    """Without terminal escapes, and with every line ending as a line feed."""
    return _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def neutralise(text: str) -> SafeString:
    """HTML in which every character that can't be seen, or that moves others, is spelled out.

    After 500 of those the rest become U+FFFD, so that a page never grows a hundredfold.
    """
    spelled = 0

    def spell(found: re.Match[str]) -> str:
        nonlocal spelled
        letter = found.group()
        if _is_visible(letter):
            return letter
        spelled += 1
        return _spelled(letter) if spelled <= MOST_SPELLED else "\ufffd"

    # Escaping adds only plain ASCII, which the pattern never touches.
    return mark_safe(_SUSPECT.sub(spell, escape(text)))


def _is_visible(letter: str) -> bool:
    if ord(letter) in _BLANK or 0xFE00 <= ord(letter) <= 0xFE0F or ord(letter) >= 0xE0000:
        return False
    category = unicodedata.category(letter)
    return category[0] != "C" and category not in {"Zl", "Zp"}


def _spelled(letter: str) -> SafeString:
    name = unicodedata.name(letter, "CONTROL CHARACTER")
    return format_html('<span class="codepoint" title="{}">U+{}</span>', name, f"{ord(letter):04X}")
