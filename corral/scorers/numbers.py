"""Numbers as people and models write them, found in time linear in the text."""

import re
from collections.abc import Iterator
from decimal import Decimal, DecimalException, localcontext

# A sign counts only where nothing that could be its left operand touches it: in "10-4" it is none.
# Digits come in groups of three behind commas, or plain; then decimals, then an exponent.
_NUMBER = re.compile(
    r"(?P<sign>(?<![0-9A-Za-z.)\]])[-+])?"
    r"[$€£¥]?"
    r"(?P<inner>(?<=[$€£¥])[-+])?"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<exponent>[eE][-+]?[0-9]{1,3}(?![0-9A-Za-z]))?"
)
_CLOSED = re.compile(r"([0-9])\.\s*\Z")
_FRACTION = re.compile(r"\s?/\s?")
# Full-width forms and typographic minus signs; LaTeX's thousands separators.
_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)}
_PLAIN = str.maketrans(
    {**_WIDE, 0xFF0C: ",", 0xFF0E: ".", 0x2212: "-", 0xFF0D: "-", 0x2010: "-", 0x2011: "-"}
)
# Narrow or unbreakable spaces, and LaTeX's, between groups of three digits.
_SPACED = re.compile(r"(?<=[0-9])(?:\\,|[\u00a0\u2009\u202f])(?=[0-9]{3}(?![0-9]))")
_PRECISION = 60


def plain_signs(text: str) -> str:
    """The text with full-width digits and typographic minus signs made plain."""
    return text.translate(_PLAIN)


def plain(text: str) -> str:
    """The text with full-width digits, typographic minus signs and separators made plain."""
    text = _SPACED.sub(",", text)
    return text.translate(_PLAIN).replace("{,}", ",").replace("\\!", "").replace("\\$", "$")


def numbers_in(text: str, *, fractions: bool = False) -> Iterator[Decimal]:
    """Every number of a text, in order; with `fractions` "3/4" is one number."""
    text = plain(text)
    before: Decimal | None = None
    end = 0
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if before is not None:
            joined = fractions and _FRACTION.fullmatch(text, end, match.start())
            quotient = divide(before, value) if joined else None
            if quotient is not None:
                yield quotient
                before, end = None, match.end()
                continue
            yield before
        before, end = value, match.end()
    if before is not None:
        yield before


def last_number(text: str, *, fractions: bool = False) -> Decimal | None:
    """The last number of a text."""
    last = None
    if fractions:
        for last in numbers_in(text, fractions=True):  # noqa: B007 - only the last counts
            pass
        return last
    match = None
    for match in _NUMBER.finditer(plain(text)):  # noqa: B007 - and only it is made a number
        pass
    return None if match is None else _value(match)


def parse_number(text: str, *, fractions: bool = False) -> Decimal | None:
    """The number that a whole text is, as "1,234", "$5.50", "12%" or "3e5"; None if it is none."""
    stripped = plain(text).strip().rstrip(".").removesuffix("%").strip()
    found = list(numbers_in(stripped, fractions=fractions))
    match = _NUMBER.fullmatch(stripped)
    if match or (fractions and len(found) == 1 and "/" in stripped and not _letters(stripped)):
        return found[0] if found else None
    return None


def numbers_made_plain(text: str) -> str:
    """The text with each number in its plainest form: "$1,234.50" is "1234.5", "−3" is "-3".

    Signs of currency, thousands separators, plus signs, zeros that say nothing, and a full stop
    behind a number that ends the text go. Exponents stay as they are written.
    """
    text = _NUMBER.sub(_plainest, plain(text))
    return _CLOSED.sub(r"\1", text)


def _plainest(match: re.Match[str]) -> str:
    sign = "-" if "-" in ((match["sign"] or "") + (match["inner"] or "")) else ""
    whole, _, decimals = match["digits"].replace(",", "").partition(".")
    whole, decimals = whole.lstrip("0") or "0", decimals.rstrip("0")
    digits = f"{whole}.{decimals}" if decimals else whole
    return ("" if digits == "0" else sign) + digits + (match["exponent"] or "")


def divide(upper: Decimal, lower: Decimal) -> Decimal | None:
    """The quotient to 60 digits; None where there is none."""
    with localcontext() as context:
        context.prec = _PRECISION
        try:
            return upper / lower
        except DecimalException:
            return None


def close(found: Decimal, wanted: Decimal, *, absolute: Decimal, relative: Decimal) -> bool:
    """Whether two numbers are equal, or no further apart than either tolerance lets them be."""
    if found == wanted:
        return True
    if not absolute and not relative:
        return False
    with localcontext() as context:
        context.prec = _PRECISION
        try:
            return abs(found - wanted) <= max(absolute, relative * abs(wanted))
        except DecimalException:
            return False


def _value(match: re.Match[str]) -> Decimal:
    sign = "-" if "-" in ((match["sign"] or "") + (match["inner"] or "")) else ""
    return Decimal(sign + match["digits"].replace(",", "") + (match["exponent"] or ""))


def _letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
