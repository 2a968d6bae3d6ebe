"""Every check of IFEval, followed and not, and what strict, loose and the two levels make of it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.json_types import Json, JsonObject
from corral.scorers.following import INSTRUCTIONS, is_followed
from corral.scorers.registry import scorer_named
from corral.scorers.tongue import language, sentences, words
from corral.verdicts import Verdict

ENGLISH = "we went to the market this morning and bought fresh bread for the whole family"
GERMAN = "Wir sind heute morgen auf den Markt gegangen und haben frisches Brot gekauft"
LEAST = {"relation": "at least"}
LESS = {"relation": "less than"}
CASES: list[tuple[str, JsonObject, str, str]] = [
    ("keywords:existence", {"keywords": ["fox", "Hen"]}, "Foxes and hens", "A fox"),
    ("keywords:frequency", {"keyword": "fox ", "frequency": 2, **LEAST}, "FOX, foxy", "one fox"),
    ("keywords:frequency", {"keyword": "fox", "frequency": 2, **LESS}, "one fox", "fox fox"),
    ("keywords:forbidden_words", {"forbidden_words": ["fox"]}, "Foxes", "The FOX!"),
    (
        "keywords:letter_frequency",
        {"letter": "N", "let_frequency": 2, "let_relation": "at least"},
        "nun",
        "no",
    ),
    (
        "keywords:letter_frequency",
        {"letter": "#", "let_frequency": 1, "let_relation": "less than"},
        "no",
        "#1",
    ),
    ("language:response_language", {"language": "de"}, GERMAN, ENGLISH),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, **LEAST},
        "Dr. Lee came. She left.",
        "Dr. Lee came at 3 p.m. yesterday.",
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 3, **LESS},
        "Really? Yes.",
        "Really? Yes. No.",
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        "***\none\n***\ntwo",
        "one\n\ntwo",
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a***b", "a*** ***b"),
    ("length_constraints:number_words", {"num_words": 3, **LEAST}, "well-made tea", "it's"),
    ("length_constraints:number_words", {"num_words": 3, **LESS}, "it's", "one two three"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Then"},
        'First.\n\n"then, we go',
        "First.\n\n\n\nthen we go",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 1, "nth_paragraph": 2, "first_word": "a"},
        "",
        "a",
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        "[name] and []",
        "[name and\n[age]",
    ),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\np. s. x", "P.S"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P. P.S x", "P.S. x"),
    ("detectable_content:postscript", {"postscript_marker": "Note:"}, "Bye. NOTE: x", "Not"),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 3},
        "* a\n\n  - b\n**bold**\n-c",
        "* a\n- b",
    ),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "*\n* a", "* a\n* b"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 0}, "*", "*\n"),
    ("detectable_format:constrained_response", {}, "So: My answer is no.", "my answer is no."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* *b*", "*a* * *"),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "**a**", "**\na**"),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        "Section 1 a Section2 b",
        "Section 1 a SECTION 2 b",
    ),
    ("detectable_format:json_format", {}, '```json\n{"a": [1]}\n```', "Here: {}"),
    ("detectable_format:title", {}, "x <<a>>", "<<>> <a>\n<< >>"),
    ("combination:two_responses", {}, "a\n******\nb", "a ****** a"),
    ("combination:two_responses", {}, "****** a ****** b ******", "a ****** ****** b"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say it."}, " say IT. it", "It. Say it."),
    ("startend:end_checker", {"end_phrase": " The end."}, '"x. THE END."\n', "The end. x"),
    ("startend:quotation", {}, ' "a" ', '"a'),
    ("startend:quotation", {}, '""', '"'),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "I saw an X-RAY.",
        "I saw a fox.",
    ),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 1, "capital_relation": "less than"},
        "nothing here",
        "NOTHING here",
    ),
    ("change_case:english_capital", {}, ENGLISH.upper(), ENGLISH),
    ("change_case:english_lowercase", {}, ENGLISH, GERMAN.lower()),
    ("change_case:english_lowercase", {}, ENGLISH + ".", ENGLISH + " I"),
    ("punctuation:no_comma", {}, "one; two", "one, two"),
]


def target_of(name: str, asked: Json) -> Json:
    return {"instruction_id_list": [name], "kwargs": [asked]}


@pytest.mark.parametrize(("name", "asked", "good", "bad"), CASES)
def test_check_by_check(name: str, asked: JsonObject, good: str, bad: str) -> None:
    scorer, target = scorer_named("instructions"), target_of(name, asked)
    assert scorer.check(target, {}) == []
    assert scorer.score(bad, target, {}).verdict is Verdict.WRONG
    if good:  # of some there is none
        assert scorer.score(good, target, {}).verdict is Verdict.CORRECT


def test_all_25_have_a_case() -> None:
    assert len(INSTRUCTIONS) == 25
    assert {name for name, *_ in CASES} == INSTRUCTIONS.keys()


NO_COMMA_AND_TITLE: Json = {
    "instruction_id_list": ["punctuation:no_comma", "detectable_format:title"],
    "kwargs": [{}, None],
}


@pytest.mark.parametrize(
    ("output", "options", "score", "verdict"),
    [
        ("<<a>>", {}, 1, Verdict.CORRECT),
        ("a", {}, 0, Verdict.WRONG),
        ("a", {"level": "instruction"}, 0.5, Verdict.PARTIAL),
        ("a,", {"level": "instruction"}, 0, Verdict.WRONG),
        ("Sure, here:\n<<a>>", {}, 0, Verdict.WRONG),
        ("Sure, here:\n<<a>>", {"loose": True}, 1, Verdict.CORRECT),
        ("<<a>>\nBye, now", {"loose": True}, 1, Verdict.CORRECT),
        ("Sure, here:\nx\nBye, now", {"loose": True, "level": "instruction"}, 0.5, Verdict.PARTIAL),
        ("*<*<a>*>*", {"loose": True}, 1, Verdict.CORRECT),
        (" \n", {"loose": True}, 0, Verdict.NO_ANSWER),
    ],
)
def test_strict_and_loose_at_both_levels(
    output: str, options: JsonObject, score: float, verdict: Verdict
) -> None:
    judgement = scorer_named("instructions").score(output, NO_COMMA_AND_TITLE, options)
    assert (judgement.score, judgement.verdict) == (score, verdict)


def test_explanation_names_what_was_not_followed() -> None:
    judgement = scorer_named("instructions").score("a, b", NO_COMMA_AND_TITLE, {})
    assert judgement.explanation == (
        "2 of 2 instructions were not followed: punctuation:no_comma, detectable_format:title."
    )


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("x", "the target must be an object of two lists that are as long"),
        ({"instruction_id_list": [], "kwargs": []}, "the target must be an object of two lists"),
        ({"instruction_id_list": ["a"], "kwargs": []}, "the target must be an object of two lists"),
        (target_of("a:b", {}), '"a:b" is not an instruction of IFEval.'),
        (target_of("startend:quotation", 1), "the kwargs of startend:quotation must be an object."),
        (target_of("startend:quotation", {"a": 1}), "a is not a part of startend:quotation."),
        (
            target_of("detectable_format:number_bullet_lists", {"num_bullets": True}),
            "num_bullets of detectable_format:number_bullet_lists must be a whole number, 0 or",
        ),
        (
            target_of("keywords:existence", {"keywords": []}),
            "keywords of keywords:existence must be a list of texts that are not empty.",
        ),
    ],
)
def test_target_that_is_not_usable(target: Json, problem: str) -> None:
    (found,) = scorer_named("instructions").check(target, {})
    assert found.startswith(problem)


def test_keyword_is_a_pattern_where_it_can_be_and_its_text_where_not() -> None:
    assert is_followed("keywords:existence", "a bcd", {"keywords": ["b.d"]})
    assert is_followed("keywords:existence", "a (b", {"keywords": ["(B"]})
    assert not is_followed("keywords:existence", "a b", {"keywords": ["(b"]})


def test_word_ends_where_the_reference_sees_its_end() -> None:
    """A vowel sign of Hindi is no part of a word for `re`, which the reference uses."""
    hindi = "ताज़ी रोटी"
    assert not is_followed("keywords:forbidden_words", hindi, {"forbidden_words": ["रोट"]})
    assert is_followed("keywords:forbidden_words", "Brote", {"forbidden_words": ["rot"]})
    dotless = {"keyword": "ı", "frequency": 1, "relation": "at least"}
    assert is_followed("keywords:frequency", "I", {**dotless, "keyword": "i"})
    assert is_followed("keywords:frequency", "STRASSE i", dotless)


def test_keyword_that_backtracks_without_end_is_not_there() -> None:
    assert not is_followed("keywords:existence", "a" * 5_000, {"keywords": [r"(a|aa)+$b"]})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Mr. Smith paid $3.50 to Ms. Jones. She thanked him.", 2),
        ('He asked, "Why?" Then he left.', 2),
        ("Wait... what? No!", 2),
        ("1. Eat.\n2. Sleep.", 4),
        ("no end", 1),
        ("", 0),
    ],
)
def test_sentences_as_punkt_finds_them(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_words_as_nltk_finds_them() -> None:
    assert words('I can\'t. "OK" (No)!') == [
        *("I", "ca", "n't", ".", "``", "OK", "''", "(", "No", ")", "!")
    ]


def test_language_of_a_text_is_always_the_same() -> None:
    assert {language("ok la casa") for _ in range(20)} == {language("ok la casa")}
    assert (language(ENGLISH), language(GERMAN), language("123 !?")) == ("en", "de", None)


PIECES = st.lists(st.sampled_from(["*", "**", " ", "\n", "-", "a", "[", "]", "<<", ">>", "\r"]))


def follows(name: str, text: str, **asked: Any) -> bool:
    return is_followed(name, text, asked)


@given(PIECES.map("".join).filter(str.strip))
def test_counting_in_linear_time_finds_what_the_published_patterns_find(text: str) -> None:
    stars = re.findall(r"^\s*\*[^\*].*$", text, flags=re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", text, flags=re.MULTILINE)
    bullets = len(stars) + len(dashes)
    assert follows("detectable_format:number_bullet_lists", text, num_bullets=bullets)
    placeholders = len(re.findall(r"\[.*?\]", text))
    name = "detectable_content:number_placeholders"
    assert follows(name, text, num_placeholders=placeholders)
    assert not follows(name, text, num_placeholders=placeholders + 1)
    titles = [title.lstrip("<").rstrip(">") for title in re.findall(r"<<[^\n]+>>", text)]
    assert follows("detectable_format:title", text) == any(title.strip() for title in titles)


@given(st.text())
def test_loose_is_never_stricter_and_never_stops_half_way(text: str) -> None:
    scorer = scorer_named("instructions")
    for name, asked, *_ in CASES:
        target = target_of(name, asked)
        strict, loose = scorer.score(text, target, {}), scorer.score(text, target, {"loose": True})
        assert loose.score >= strict.score
