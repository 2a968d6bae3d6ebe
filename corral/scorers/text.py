"""What every scorer does to text before it compares."""

import json
import unicodedata

from corral.json_types import Json

_SHOWN = 60


def output_text(output: Json) -> str:
    """An output as text: a string as it is, anything else as its JSON."""
    if isinstance(output, str):
        return output
    try:
        return json.dumps(output, ensure_ascii=False)
    except (ValueError, RecursionError):  # an integer beyond Python's limit, or nested too deeply
        return ""


def normalised(text: str, *, ignore_case: bool = False) -> str:
    """NFKC, without white space around it and with single spaces inside; casefolded if asked."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return unicodedata.normalize("NFKC", text.casefold()) if ignore_case else text


def brief(text: str) -> str:
    """A text in double quotes, on one line and short, for an explanation."""
    line = " ".join(text[: _SHOWN * 4].split())
    line = "".join(c if unicodedata.category(c) != "Cc" else "�" for c in line)
    return f'"{line}"' if len(line) <= _SHOWN else f'"{line[: _SHOWN - 1]}…"'
