"""The 25 checks of IFEval, each by its name there: does a text do what it was told?

Source: Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models",
arXiv 2311.07911, with the quirks of its published code, which its published figures have, too. All
take time linear in the text, whatever it is.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import regex

from corral.json_types import Json
from corral.scorers.checks import TEXT, Rule
from corral.scorers.tongue import language, sentences, words

MATCH_SECONDS = 1.0
LESS, LEAST = "less than", "at least"

Asked: TypeAlias = Mapping[str, Any]
AnyMatch: TypeAlias = "re.Match[str] | regex.Match[str]"
_RELATION: Rule = (f'"{LESS}" or "{LEAST}"', lambda value: value in (LESS, LEAST))
_COUNT: Rule = ("a whole number, 0 or more", lambda value: type(value) is int and value >= 0)
_PLACE: Rule = ("a whole number, 1 or more", lambda value: type(value) is int and value >= 1)
_LETTER: Rule = (
    "one character",
    lambda value: isinstance(value, str) and len(value) == 1 and value.strip() != "",
)
_TEXTS: Rule = (
    "a list of texts that are not empty",
    lambda value: (
        isinstance(value, list)
        and value != []
        and all(isinstance(text, str) and text.strip() for text in value)
    ),
)
_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_POSTSCRIPTS = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
_FENCES = ("```json", "```Json", "```JSON", "```")
_WORD_ENDS = re.compile("[.,?!'\"]")
_WORDS = re.compile(r"[^\\.^$*+?{}\[\]|()]+")  # no sign of a pattern among them


@dataclass(frozen=True, slots=True)
class Instruction:
    """A check, and by which names and rules it is told what is wanted."""

    followed: Callable[[str, Asked], bool]
    needs: Mapping[str, Rule] = field(default_factory=dict)


def _compares(found: int, relation: str, wanted: int) -> bool:
    return found < wanted if relation == LESS else found >= wanted


def _matches(keyword: str, text: str, around: str = "{}") -> "Iterator[AnyMatch]":
    """Where a keyword occurs, which IFEval takes as a regular expression; literally if it is none.

    Words go to `re`, as there: what is a letter to it, and its capital, is not quite so to `regex`,
    which alone can be stopped and so takes the rest.
    """
    if _WORDS.fullmatch(keyword):
        return re.finditer(around.format(keyword), text, re.IGNORECASE)
    try:
        pattern = regex.compile(around.format(keyword), regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError, ValueError):
        pattern = regex.compile(around.format(regex.escape(keyword)), regex.IGNORECASE)
    return pattern.finditer(text, timeout=MATCH_SECONDS)


def _occurs(keyword: str, text: str, around: str = "{}") -> bool:
    return next(_matches(keyword, text, around), None) is not None


def _keywords(text: str, asked: Asked) -> bool:
    return all(_occurs(keyword, text) for keyword in asked["keywords"])


def _keyword_frequency(text: str, asked: Asked) -> bool:
    found = sum(1 for _ in _matches(asked["keyword"].strip(), text))
    return _compares(found, asked["relation"], asked["frequency"])


def _no_forbidden_words(text: str, asked: Asked) -> bool:
    return not any(_occurs(word, text, r"\b{}\b") for word in asked["forbidden_words"])


def _letter_frequency(text: str, asked: Asked) -> bool:
    found = text.lower().count(asked["letter"].lower())
    return _compares(found, asked["let_relation"], asked["let_frequency"])


def _in_language(text: str, asked: Asked) -> bool:
    return language(text) in (asked["language"], None)


def _number_of_sentences(text: str, asked: Asked) -> bool:
    return _compares(len(sentences(text)), asked["relation"], asked["num_sentences"])


def _number_of_words(text: str, asked: Asked) -> bool:
    return _compares(len(re.findall(r"\w+", text)), asked["relation"], asked["num_words"])


def _divided_paragraphs(text: str, asked: Asked) -> bool:
    """Paragraphs between dividers; of these the first and the last may stand for nothing."""
    filled = [part.strip() != "" for part in re.split(r"\s?\*\*\*\s?", text)]
    return all(filled[1:-1]) and sum(filled) == int(asked["num_paragraphs"])


def _first_word_of_paragraph(text: str, asked: Asked) -> bool:
    """Empty paragraphs don't count, but the n-th is counted with them: so does the reference."""
    paragraphs = [part.strip() for part in text.split("\n\n")]
    filled = sum(part != "" for part in paragraphs)
    place = asked["nth_paragraph"]
    if filled != asked["num_paragraphs"] or place > filled or not paragraphs[place - 1]:
        return False
    word = paragraphs[place - 1].split()[0].lstrip("'").lstrip('"')
    letters = _WORD_ENDS.split(word, maxsplit=1)[0]
    return "".join(map(str.lower, letters)) == str(asked["first_word"]).lower()


def _placeholders(text: str, asked: Asked) -> bool:
    return sum(map(_bracketed, text.split("\n"))) >= int(asked["num_placeholders"])


def _bracketed(line: str) -> int:
    """How many stretches of a line are from a bracket to the next that closes."""
    found, start = 0, line.find("[")
    while start >= 0 and (end := line.find("]", start)) >= 0:
        found, start = found + 1, line.find("[", end)
    return found


def _postscript(text: str, asked: Asked) -> bool:
    marker = asked["postscript_marker"].strip()
    return _occurs(_POSTSCRIPTS.get(marker, marker.lower()), text.lower())


def _bullets(text: str, asked: Asked) -> bool:
    lines = [line.lstrip() for line in text.split("\n")]
    found = sum(line.startswith("-") for line in lines)
    lines.reverse()
    while lines:
        line = lines.pop()
        if line.startswith("*") and not line.startswith("**") and (len(line) > 1 or lines):
            found += 1
            if len(line) == 1:  # a star alone takes the next line for its text
                lines.pop()
    return bool(found == asked["num_bullets"])


def _constrained(text: str, _: Asked) -> bool:
    return any(answer in text for answer in _ANSWERS)


def _highlights(text: str, asked: Asked) -> bool:
    """A section between double stars counts by either of the two patterns that find it."""
    single = re.findall(r"\*[^\n\*]*\*", text)
    double = re.findall(r"\*\*[^\n\*]*\*\*", text)
    found = [each for each in [*single, *double] if each.strip("*").strip()]
    return len(found) >= int(asked["num_highlights"])


def _sections(text: str, asked: Asked) -> bool:
    splitter = _case_pattern(asked["section_spliter"].strip())
    found = len(splitter.findall(text, timeout=MATCH_SECONDS))
    return found >= int(asked["num_sections"])


def _case_pattern(text: str) -> "regex.Pattern[str]":
    try:
        return regex.compile(rf"\s?{text}\s?\d+\s?")
    except (regex.error, RecursionError, OverflowError, ValueError):
        return regex.compile(rf"\s?{regex.escape(text)}\s?\d+\s?")


def _is_json(text: str, _: Asked) -> bool:
    text = text.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _title(text: str, _: Asked) -> bool:
    return any(map(_titled, text.split("\n")))


def _titled(line: str) -> bool:
    start, end = line.find("<<"), line.rfind(">>")
    return 0 <= start < end - 2 and line[start : end + 2].lstrip("<").rstrip(">").strip() != ""


def _two_responses(text: str, _: Asked) -> bool:
    parts = [part.strip() for part in text.split("******")]
    filled = [part for part in parts if part]
    return "" not in parts[1:-1] and len(filled) == 2 and filled[0] != filled[1]


def _repeats_prompt(text: str, asked: Asked) -> bool:
    return text.strip().lower().startswith(str(asked["prompt_to_repeat"]).strip().lower())


def _ends_with(text: str, asked: Asked) -> bool:
    end = str(asked["end_phrase"]).strip().lower()
    return text.strip().strip('"').lower().endswith(end)


def _quoted(text: str, _: Asked) -> bool:
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def _capital_words(text: str, asked: Asked) -> bool:
    found = sum(word.isupper() for word in words(text))
    return _compares(found, asked["capital_relation"], asked["capital_frequency"])


def _english_capitals(text: str, _: Asked) -> bool:
    return text.isupper() and language(text) in ("en", None)


def _english_small_letters(text: str, _: Asked) -> bool:
    return text.islower() and language(text) in ("en", None)


def _no_comma(text: str, _: Asked) -> bool:
    return "," not in text


INSTRUCTIONS: Mapping[str, Instruction] = MappingProxyType(
    {
        "keywords:existence": Instruction(_keywords, {"keywords": _TEXTS}),
        "keywords:frequency": Instruction(
            _keyword_frequency, {"keyword": TEXT, "frequency": _COUNT, "relation": _RELATION}
        ),
        "keywords:forbidden_words": Instruction(_no_forbidden_words, {"forbidden_words": _TEXTS}),
        "keywords:letter_frequency": Instruction(
            _letter_frequency,
            {"letter": _LETTER, "let_frequency": _COUNT, "let_relation": _RELATION},
        ),
        "language:response_language": Instruction(_in_language, {"language": TEXT}),
        "length_constraints:number_sentences": Instruction(
            _number_of_sentences, {"num_sentences": _COUNT, "relation": _RELATION}
        ),
        "length_constraints:number_paragraphs": Instruction(
            _divided_paragraphs, {"num_paragraphs": _COUNT}
        ),
        "length_constraints:number_words": Instruction(
            _number_of_words, {"num_words": _COUNT, "relation": _RELATION}
        ),
        "length_constraints:nth_paragraph_first_word": Instruction(
            _first_word_of_paragraph,
            {"num_paragraphs": _COUNT, "nth_paragraph": _PLACE, "first_word": TEXT},
        ),
        "detectable_content:number_placeholders": Instruction(
            _placeholders, {"num_placeholders": _COUNT}
        ),
        "detectable_content:postscript": Instruction(_postscript, {"postscript_marker": TEXT}),
        "detectable_format:number_bullet_lists": Instruction(_bullets, {"num_bullets": _COUNT}),
        "detectable_format:constrained_response": Instruction(_constrained),
        "detectable_format:number_highlighted_sections": Instruction(
            _highlights, {"num_highlights": _COUNT}
        ),
        "detectable_format:multiple_sections": Instruction(
            _sections, {"section_spliter": TEXT, "num_sections": _COUNT}
        ),
        "detectable_format:json_format": Instruction(_is_json),
        "detectable_format:title": Instruction(_title),
        "combination:two_responses": Instruction(_two_responses),
        "combination:repeat_prompt": Instruction(_repeats_prompt, {"prompt_to_repeat": TEXT}),
        "startend:end_checker": Instruction(_ends_with, {"end_phrase": TEXT}),
        "startend:quotation": Instruction(_quoted),
        "change_case:capital_word_frequency": Instruction(
            _capital_words, {"capital_frequency": _COUNT, "capital_relation": _RELATION}
        ),
        "change_case:english_capital": Instruction(_english_capitals),
        "change_case:english_lowercase": Instruction(_english_small_letters),
        "punctuation:no_comma": Instruction(_no_comma),
    }
)


def is_followed(name: str, text: str, asked: Mapping[str, Json]) -> bool:
    """Whether a text follows an instruction; one of nothing but white space follows none."""
    try:
        return bool(text.strip()) and INSTRUCTIONS[name].followed(text, asked)
    except TimeoutError:  # a keyword that is a pattern without end
        return False
