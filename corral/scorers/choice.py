"""The output names the right choice, by its letter or by its text."""

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import FLAG, Rule, correct, no_answer, option_problems, wrong
from corral.scorers.text import brief, normalised

_MOST = 26
_DEFAULT_LETTERS = 5
# What a model says right before its choice; the last one said counts.
_STATED = re.compile(
    r"\b(?:answer|choice|option)\b(?:\s+is)?\s*[:=,]?\s*(?:the\s+)?(?:(?:option|choice)\s+)?"
    r"[*_\"'(\[]{0,3}(?P<letter>[A-Za-z])(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CLAIMED = re.compile(
    r"(?<![A-Za-z0-9'’])([A-Z])[*_\"')\]]{0,3} (?:is|must be|would be)"
    r"(?: (?:indeed|therefore|thus|clearly))?(?: the)? (?:correct|right|best|answer)\b"
)
_BOXED = re.compile(r"\\boxed\{\s*(?:\\text\{)?\s*\(?([A-Za-z])\)?\s*\}")
_LEADING = re.compile(r"\s*[*_\"'(\[]{0,3}([A-Za-z])[*_\"')\]]{0,3}(?:\s*$|[).:](?:\s|$)|\n)")
_BRACKETED = re.compile(r"[(\[]([A-Za-z])[)\]]")
_ALONE = re.compile(r"(?<![A-Za-z0-9'’])([A-Z])(?![A-Za-z0-9'’])(?!\s+[a-z])")

# Without these a formula says something else.
_OPERATORS = frozenset("<>=+*/^√×÷≤≥≠")

_TEXTS: Rule = (
    f"a list of 2 to {_MOST} texts",
    lambda value: (
        isinstance(value, list)
        and 2 <= len(value) <= _MOST
        and all(isinstance(text, str) and text.strip() for text in value)
    ),
)
_COUNT: Rule = (
    f"a whole number from 2 to {_MOST}",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 2 <= value <= _MOST,
)
_OPTIONS = {"choices": _TEXTS, "letters": _COUNT, "by_text": FLAG}


class Choice:
    """Takes one choice from the output and compares it with the target.

    The letter is looked for in this order, as is usual for MMLU and its kin: 1. what is said to
    be the answer ("the answer is (B)", "Answer: B", "\\boxed{B}", "B is correct"), the last of
    them; 2. a letter that the output starts with or consists of ("B", "B) Paris"); 3. the text of
    exactly one choice, as whole words, whatever the case; 4. the last letter in brackets; 5. the
    last capital letter that stands alone, except before a lower-case word (where "A" is an
    article).

    What ends in inspect_ai's "ANSWER: B" is read as its `choice` with one answer reads it; for
    answers in free words the field has no one reading, and the order above is Corral's.

    Options: `choices`, their texts in the order of the letters; without them `letters` says how
    many there are (default 5, A to E); `by_text` (default true) lets step 3 happen. The target is
    a letter, or one of the texts. No choice in the output is `wrong`, an empty one `no_answer`.
    """

    name = "choice"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        problems = option_problems(options, _OPTIONS)
        if not problems and _letter_of(target, options) is None:
            last = _letters(options)[-1]
            problems = [f"the target must be a letter from A to {last}, or one of the choices."]
        if (
            not problems
            and [normalised(text) for text in _texts(options)].count(_plain(target)) > 1
        ):
            problems = ["the target is the text of several choices, so it must be a letter."]
        return problems

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if the choice taken from the output is the target, else 0."""
        if not output.strip():
            return no_answer()
        wanted = _letter_of(target, options)
        found = _taken(output, options)
        if found is None:
            return wrong(None, f"Expected {wanted}, found no choice in {brief(output)}.")
        if found == wanted:
            return correct(found, f"The choice is {found}, as expected.")
        return wrong(found, f"Expected {wanted}, found {found}.")


def _texts(options: Mapping[str, Json]) -> list[str]:
    choices = options.get("choices")
    return [str(text) for text in choices] if isinstance(choices, list) else []


def _letters(options: Mapping[str, Json]) -> str:
    count = options.get("letters", _DEFAULT_LETTERS)
    if texts := _texts(options):
        count = len(texts)
    return string.ascii_uppercase[: count if isinstance(count, int) else _DEFAULT_LETTERS]


def _letter_of(target: Json, options: Mapping[str, Json]) -> str | None:
    """The letter of a target; a text of a choice goes before a letter."""
    if not isinstance(target, str):
        return None
    letters = _letters(options)
    for letter, text in zip(letters, _texts(options), strict=False):
        if normalised(text) == normalised(target):
            return letter
    bare = target.strip().strip("()").upper()
    return bare if len(bare) == 1 and bare in letters else None


def _taken(output: str, options: Mapping[str, Json]) -> str | None:
    letters = _letters(options)
    output = unicodedata.normalize("NFKC", output)
    leading = _LEADING.match(output)
    # Single spaces only: runs of them would make the pattern for statements quadratic.
    output = " ".join(output.split())
    stated = [m for form in (_STATED, _CLAIMED, _BOXED) for m in form.finditer(output)]
    stated.sort(key=lambda match: match.start())
    said = [_if_letter(match[1], letters) for match in stated if not _is_article(match, output)]
    steps = (
        _last(said),
        _if_letter(leading[1], letters) if leading else None,
        _by_text(output, letters, _texts(options)) if options.get("by_text", True) else None,
        _last([_if_letter(match[1], letters) for match in _BRACKETED.finditer(output)]),
        _last([_if_letter(match[1], letters) for match in _ALONE.finditer(output)]),
    )
    return next((letter for letter in steps if letter is not None), None)


def _is_article(match: re.Match[str], output: str) -> bool:
    """Whether the letter is the "a" of "the answer is a dog"."""
    after = output[match.end() : match.end() + 2]
    return match[1] == "a" and len(after) == 2 and after[0] == " " and after[1].isalpha()


def _if_letter(found: str, letters: str) -> str | None:
    return found.upper() if found.upper() in letters else None


def _last(found: Sequence[str | None]) -> str | None:
    return next((letter for letter in reversed(found) if letter is not None), None)


def _by_text(output: str, letters: str, texts: list[str]) -> str | None:
    """The one choice whose text occurs; a text inside a longer one that occurs doesn't count.

    White space and punctuation between words are all the same, but not in formulas.
    """
    plain, words = f" {normalised(output, ignore_case=True)} ", f" {_words(output)} "
    occurring = {
        letter: _words(text)
        for letter, text in zip(letters, texts, strict=False)
        if _words(text) and _occurs(text, plain, words)
    }
    longest = [
        letter
        for letter, text in occurring.items()
        if not any(f" {text} " in f" {other} " for other in occurring.values() if other != text)
    ]
    return longest[0] if len(longest) == 1 else None


def _occurs(text: str, plain: str, words: str) -> bool:
    if _OPERATORS.isdisjoint(text):
        return f" {_words(text)} " in words
    wanted = re.escape(normalised(text, ignore_case=True))
    return re.search(rf"(?<!\w){wanted}(?!\w)", plain) is not None


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", normalised(text, ignore_case=True)))


def _plain(target: Json) -> str:
    return normalised(target) if isinstance(target, str) else ""
