import pytest

from corral.json_types import Json, JsonObject
from corral.scorers.base import Judgement
from corral.scorers.registry import scorer_named
from corral.verdicts import Verdict


@pytest.mark.parametrize(
    ("output", "target", "options", "score"),
    [
        ("Paris", "Paris", {}, 1),
        ("  Paris\n", "Paris", {}, 1),
        ("Ｐａｒｉｓ", "Paris", {}, 1),
        ("New \t York", "New York", {}, 1),
        ("paris", "Paris", {}, 0),
        ("paris", "Paris", {"ignore_case": True}, 1),
        ("STRASSE", "straße", {"ignore_case": True}, 1),
        ("Paris.", "Paris", {}, 0),
        ('"Paris."', "Paris", {"ignore_punctuation": True}, 1),
        ("It is Paris", "Paris", {}, 0),
        ("...", "!", {"ignore_punctuation": True}, 0),
        ("e-mail!", "email", {"ignore_punctuation": "everywhere"}, 1),
        ("e-mail", "email", {"ignore_punctuation": True}, 0),
        ("agent 7", "agent", {"ignore_digits": True}, 1),
        ("$1,234.", "1234", {"ignore": [",", r"\$", r"\.$"]}, 1),
        ("x #### 5", "y #### 5", {"ignore": ["(?s).*#### "]}, 1),
        ("$1,234.", "1234", {"ignore": [","]}, 0),
        ("goat", ["a goat", "goat"], {}, 1),
        ("sheep", ["a goat", "goat"], {}, 0),
    ],
)
def test_exact(output: str, target: Json, options: JsonObject, score: float) -> None:
    assert scorer_named("exact").score(output, target, options).score == score


@pytest.mark.parametrize(
    ("output", "target", "options", "score"),
    [
        ("It is PARIS, of course", "Paris", {}, 1),
        ("It is PARIS", "Paris", {"ignore_case": False}, 0),
        ("Romania", "Oman", {}, 1),
        ("Romania", "Oman", {"whole_words": True}, 0),
        ("Romania and Oman.", "Oman", {"whole_words": True}, 1),
        ("seven", ["7", "seven"], {}, 1),
        ("eight", ["7", "seven"], {}, 0),
        ("C++", "c++", {"whole_words": True}, 1),
    ],
)
def test_includes(output: str, target: Json, options: JsonObject, score: float) -> None:
    assert scorer_named("includes").score(output, target, options).score == score


def test_explanations_are_sentences_for_participants() -> None:
    exact, includes = scorer_named("exact"), scorer_named("includes")
    assert exact.score("Lyon", "Paris", {}) == Judgement(
        0.0, Verdict.WRONG, 'Expected "Paris", found "Lyon".', "Lyon"
    )
    assert exact.score("Paris", "Paris", {}) == Judgement(
        1.0, Verdict.CORRECT, 'The output is "Paris", as expected.', "Paris"
    )
    assert includes.score("Lyon", ["a", "b", "c", "d", "e"], {}).explanation == (
        'The output does not contain "a" or "b" or "c" or 2 more.'
    )


@pytest.mark.parametrize("target", ["", " ", 3, None, [], ["a", ""], ["a", 3], {"a": 1}])
@pytest.mark.parametrize("name", ["exact", "includes", "regex"])
def test_target_that_is_no_text(name: str, target: Json) -> None:
    assert scorer_named(name).check(target, {}) == [
        "the target must be a text, or a list of texts of which any is right, none empty."
    ]


def test_option_that_is_not_known_or_not_usable() -> None:
    assert scorer_named("exact").check("a", {"ignore_case": 1, "case": True}) == [
        'option "ignore_case" must be true or false.',
        'option "case" is not known; known are: '
        "ignore, ignore_case, ignore_digits, ignore_punctuation.",
    ]


@pytest.mark.parametrize("ignored", ["a", [1], [""], ["("], ["a"] * 21])
def test_patterns_to_ignore_that_are_not_usable(ignored: Json) -> None:
    assert len(scorer_named("exact").check("a", {"ignore": ignored})) == 1


def test_pattern_to_ignore_that_backtracks_without_end_is_stopped() -> None:
    options: JsonObject = {"ignore": [r"^(a|aa)+$"]}
    judgement = scorer_named("exact").score("a" * 5_000 + "!", "b", options)
    assert judgement.explanation == "The pattern took too long on this output."


@pytest.mark.parametrize(
    ("output", "target", "options", "score"),
    [
        ("call 1874 now", r"\b1874\b", {}, 1),
        ("call 18745 now", r"\b1874\b", {}, 0),
        ("ROSA", "rosa", {"ignore_case": True}, 1),
        ("a b", "b", {"whole": True}, 0),
        ("b", "b", {"whole": True}, 1),
        ("x", ["a", "x"], {}, 1),
        ("#### 1\n#### 42", "42", {"pattern": r"#### (\d+)"}, 1),
        ("#### 1\n#### 42", "1", {"pattern": r"#### (\d+)", "which": "first"}, 1),
        ("#### 1\n#### 42", "1", {"pattern": r"#### (\d+)"}, 0),
        ("no", "1", {"pattern": r"#### (\d+)"}, 0),
        ("Ab", "ab", {"pattern": "A.", "ignore_case": True}, 1),
        ("ab", "b", {"pattern": "(b)|(a)"}, 1),
    ],
)
def test_regex(output: str, target: Json, options: JsonObject, score: float) -> None:
    scorer = scorer_named("regex")
    assert scorer.check(target, options) == []
    assert scorer.score(output, target, options).score == score


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "x" * 2_001, "(?P<a>x)(?P<", "\\"])
def test_pattern_that_is_no_regular_expression(pattern: str) -> None:
    scorer = scorer_named("regex")
    assert len(scorer.check(pattern, {})) == 1
    assert len(scorer.check("a", {"pattern": pattern})) == 1


@pytest.mark.parametrize(
    ("pattern", "output"),
    [(r"^(a+)+$", "a" * 5_000 + "!"), (r"(x|xx)*y", "x" * 50_000), (r"(.*)*\d\z", "é" * 99_999)],
)
def test_pattern_that_backtracks_without_end_is_stopped(pattern: str, output: str) -> None:
    judgement = scorer_named("regex").score(output, pattern, {})
    assert judgement.verdict is Verdict.WRONG
    assert judgement.explanation in (
        "The pattern took too long on this output.",
        f'No match for the expected pattern in "{output[:59]}…".',
    )
