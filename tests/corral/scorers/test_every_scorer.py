"""What holds for all scorers alike."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corral.errors import UserError
from corral.json_types import Json, JsonObject
from corral.scorers.registry import SCORERS, output_text, scorer_named
from corral.scorers.tongue import language, words
from corral.verdicts import Verdict

AREA: Json = {
    "function": [
        {
            "name": "area",
            "parameters": {"properties": {"side": {"type": "float"}}, "required": ["side"]},
        }
    ],
    "ground_truth": [{"area": {"side": [2.5]}}],
}
TOLD: Json = {
    "instruction_id_list": [
        "length_constraints:number_sentences",
        "detectable_format:number_bullet_lists",
        "detectable_format:title",
        "detectable_content:number_placeholders",
        "length_constraints:number_paragraphs",
        "change_case:capital_word_frequency",
        "language:response_language",
        "keywords:frequency",
    ],
    "kwargs": [
        {"num_sentences": 2, "relation": "less than"},
        {"num_bullets": 0},
        {},
        {"num_placeholders": 1},
        {"num_paragraphs": 1},
        {"capital_frequency": 1, "capital_relation": "less than"},
        {"language": "en"},
        {"keyword": "a", "frequency": 1, "relation": "at least"},
    ],
}
CASES: list[tuple[str, Json, JsonObject]] = [
    ("exact", "Paris", {"ignore_case": True, "ignore_punctuation": True}),
    ("includes", ["Paris", "7"], {"whole_words": True}),
    ("numeric", "1,234", {"fractions": True, "relative": 0.1}),
    ("choice", "B", {"choices": ["red", "green"]}),
    ("regex", r"\bParis\b", {}),
    ("regex", "7", {"pattern": r"(\d+)"}),
    ("function_call", AREA, {}),
    ("instructions", TOLD, {}),
    ("instructions", TOLD, {"loose": True, "level": "prompt"}),
    ("f1", ["Paris", "the 7 hills"], {}),
    ("rouge", "Paris is the capital", {"variant": "rouge2"}),
    ("rouge", "Paris is the capital", {}),
    ("bleu", ["Paris is the capital", "The capital is Paris"], {}),
    ("chrf", "Paris is the capital", {"word_order": 2}),
    ("fuzzy", "Paris", {}),
    ("fuzzy", "Paris", {"threshold": 0.8, "ignore_case": True}),
]
# These work in a process of their own, with limits of time, so length is no matter.
APART: list[tuple[str, Json, JsonObject]] = [
    ("math", r"$\frac{1}{2}$", {}),
    ("json_schema", {"type": "object", "properties": {"a": {"type": "integer"}}}, {}),
]
LONG = 100_000
SHORT = 30_000
HARD = [
    *("1", "1,", "1,111", "-", "$", "1/", "1e", ".", " ", "answer ", "answer is ", "A ", "("),
    *(
        "\\boxed{ ",
        "B) ",
        "é",
        "\u0301",
        "\ufdfa",
        "\U0001f600",
        "Pari",
        "\n",
        "area(side=",
        "[-",
        "{1:",
    ),
]


@pytest.fixture(autouse=True, scope="module")
def models() -> None:
    """Those that are loaded when they are first needed, which takes longer than a test may."""
    words("A word.")
    language("a word")


any_text = st.text(st.characters() | st.characters(categories=["Cs"]) | st.sampled_from("\0\u202e"))


@pytest.mark.parametrize(("name", "target", "options"), CASES + APART)
@settings(deadline=None)  # the first one may start a process or load a library
@given(output=any_text)
def test_any_output_is_judged(name: str, target: Json, options: JsonObject, output: str) -> None:
    judgement = scorer_named(name).score(output, target, options)
    assert 0 <= judgement.score <= 1
    assert isinstance(judgement.score, float)
    assert (judgement.score == 1) == (judgement.verdict is Verdict.CORRECT)
    assert (judgement.verdict is Verdict.NO_ANSWER) == (not output.strip())
    assert judgement.explanation.endswith(".")
    assert "\n" not in judgement.explanation


@pytest.mark.parametrize(("name", "target", "options"), CASES + APART)
def test_case_is_usable(name: str, target: Json, options: JsonObject) -> None:
    assert scorer_named(name).check(target, options) == []


@pytest.mark.parametrize(("name", "target", "options"), CASES)
@pytest.mark.parametrize("piece", HARD)
def test_long_output_takes_no_more_than_linear_time(
    name: str, target: Json, options: JsonObject, piece: str
) -> None:
    scorer, text = scorer_named(name), piece * LONG
    assert is_linear(lambda length: scorer.score(text[:length], target, options), LONG)


def test_work_that_grows_with_the_square_is_told_from_work_that_does_not() -> None:
    text = "a" * SHORT
    assert is_linear(lambda length: re.findall("a", text[:length]), SHORT)
    assert not is_linear(lambda length: re.search("a+b", text[:length]), SHORT)


def is_linear(work: Callable[[int], object], length: int) -> bool:
    """Whether four times the length costs less than ten times as much, where linear work costs 4.

    Work that grows with the square costs 16 times as much on any machine. What takes less than
    50 ms is not told from noise, and is no matter.
    """
    return cost(work, length) < 10 * cost(work, length // 4) + 0.05


def cost(work: Callable[[int], object], length: int) -> float:
    """Seconds of the processor, of two tries the shorter."""
    seconds = []
    for _ in range(2):
        began = time.process_time()
        work(length)
        seconds.append(time.process_time() - began)
    return min(seconds)


def test_every_scorer_has_a_case() -> None:
    assert {name for name, *_ in CASES + APART} == set(SCORERS)


TEXTUAL = ["exact", "includes", "f1", "rouge", "bleu", "chrf", "fuzzy"]


@pytest.mark.parametrize("name", TEXTUAL)
@settings(deadline=None)
@given(target=any_text, others=st.lists(st.text("ab, ", min_size=1), max_size=2))
def test_target_itself_is_right(name: str, target: str, others: list[str]) -> None:
    scorer = scorer_named(name)
    targets: Json = [target, *others]
    assume(scorer.check(targets, {}) == [] and scorer.check(target, {}) == [])
    assert scorer.score(target, targets, {}).score == 1


@pytest.mark.parametrize("name", ["f1", "rouge", "bleu", "chrf", "fuzzy"])
@settings(deadline=None)
@given(output=st.text("abc. ", max_size=30), target=st.text("abc. ", max_size=30))
def test_what_is_not_the_target_is_no_more_right(name: str, output: str, target: str) -> None:
    scorer = scorer_named(name)
    assume(scorer.check(target, {}) == [])
    judged = scorer.score(output, target, {})
    assert judged.score <= scorer.score(target, target, {}).score
    assert judged.score == scorer.score(output, [target, target], {}).score


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(SCORERS)), json_values, st.text(max_size=20))
def test_any_target_is_checked_and_scored_without_an_error(
    name: str, target: Json, output: str
) -> None:
    scorer = SCORERS[name]
    assert all(sentence.endswith(".") for sentence in scorer.check(target, {"choices": target}))
    scorer.check(target, {})
    scorer.score(output, target, {})


def test_scorer_that_does_not_exist() -> None:
    with pytest.raises(UserError, match='There is no scorer "blue"; there are: exact, includes'):
        scorer_named("blue")


@pytest.mark.parametrize(
    ("output", "text"),
    [("é", "é"), (5, "5"), (True, "true"), (None, "null"), (["é", 1], '["é", 1]'), ({}, "{}")],
)
def test_output_as_text(output: Json, text: str) -> None:
    assert output_text(output) == text


def test_output_that_has_no_text() -> None:
    assert output_text(10**5000) == ""
