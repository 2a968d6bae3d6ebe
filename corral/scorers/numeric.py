"""The last number of the output is the target."""

from collections.abc import Mapping
from decimal import Decimal

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import FLAG, TOLERANCE, correct, no_answer, option_problems, wrong
from corral.scorers.numbers import close, last_number, parse_number
from corral.scorers.text import brief

_OPTIONS = {"absolute": TOLERANCE, "relative": TOLERANCE, "fractions": FLAG}
_SHOWN_DIGITS = 30


class Numeric:
    """Compares the last number of the output with the target, exactly, as decimals.

    Understood are thousands separators ("1,234"), currency signs ("$5.50", "-$5"), signs,
    decimals, exponents ("3e5"), a closing full stop, and a percent sign, which is dropped: "50%"
    is 50. A hyphen right behind a digit or letter is no sign. It never falls back to comparing
    text: an output without a number is `wrong`, an empty one `no_answer`. This is the field's
    "flexible" extraction for GSM8K (lm-evaluation-harness, `flexible-extract`, group_select -1).

    Options: `absolute` and `relative` (of the target) tolerances, default 0, either suffices;
    `fractions` (default false) reads "3/4" as 0.75 instead of as 3 and 4.
    """

    name = "numeric"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        problems = option_problems(options, _OPTIONS)
        if _wanted(target, options) is None:
            problems.insert(0, 'the target must be a number, or a text that is one, as "1,234".')
        return problems

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if the last number is the target within the tolerance, else 0."""
        if not output.strip():
            return no_answer()
        wanted = _wanted(target, options)
        found = last_number(output, fractions=options.get("fractions") is True)
        expected = "a number" if wanted is None else _shown(wanted)
        if found is None or wanted is None:
            return wrong(None, f"Expected {expected}, found no number in {brief(output)}.")
        if close(
            found,
            wanted,
            absolute=_tolerance(options, "absolute"),
            relative=_tolerance(options, "relative"),
        ):
            return correct(_shown(found), f"The last number is {_shown(found)}, as expected.")
        return wrong(
            _shown(found), f"Expected {expected}, found {_shown(found)} as the last number."
        )


def _wanted(target: Json, options: Mapping[str, Json]) -> Decimal | None:
    if isinstance(target, bool) or not isinstance(target, int | float | str):
        return None
    text = target if isinstance(target, str) else _number_text(target)
    return parse_number(text, fractions=options.get("fractions") is True)


def _number_text(number: int | float) -> str:
    try:
        return str(number)
    except ValueError:  # more digits than Python turns into text
        return ""


def _tolerance(options: Mapping[str, Json], name: str) -> Decimal:
    value = options.get(name, 0)
    return Decimal(str(value)) if TOLERANCE[1](value) else Decimal(0)


def _shown(number: Decimal) -> str:
    """Plain digits where they are few, as 1234 or 0.5, else scientific."""
    if abs(number.adjusted()) > _SHOWN_DIGITS or len(number.as_tuple().digits) > _SHOWN_DIGITS:
        return f"{number:.12e}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
