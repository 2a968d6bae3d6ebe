import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.filters import FILTERS, apply_filters, filter_problems
from corral.verdicts import Verdict

EVERY: list[Json] = [
    {"filter": "strip_reasoning", "tag": "thinking"},
    {"filter": "until", "stops": ["Q:", "\n\n"]},
    {"filter": "unicode", "form": "NFKD"},
    {"filter": "number"},
    {"filter": "lower"},
    {"filter": "regex", "pattern": r"(\w+)|(.)", "which": "all", "join": ","},
    {"filter": "take", "which": "last"},
]


@pytest.mark.parametrize(
    ("fields", "text", "left"),
    [
        ({"pattern": r"#### (\S+)"}, "#### 1\n#### 2 ", "1"),
        ({"pattern": r"#### (\S+)", "which": "last"}, "#### 1\n#### 2", "2"),
        ({"pattern": r"#### (\S+)", "which": "all"}, "#### 1\n#### 2", "1 2"),
        ({"pattern": r"\d", "which": "all", "join": ""}, "1 a 2", "12"),
        ({"pattern": r"\d", "which": 1}, "1 2 3", "2"),
        ({"pattern": r"\d", "which": -2}, "1 2 3", "2"),
        ({"pattern": r"(a)|(b)"}, "b", "b"),
        ({"pattern": r"(?P<who>\w+) is (\w+)", "group": 2}, "Ann is tall", "tall"),
        ({"pattern": r"(?P<who>\w+) is (\w+)", "group": "who"}, "Ann is tall", "Ann"),
        ({"pattern": r"(\w+) is", "group": 0}, "Ann is tall", "Ann is"),
        ({"pattern": "ANN.*", "ignore_case": True}, "so Ann ", "Ann"),
        ({"pattern": r"\d", "fallback": "[invalid]"}, "none", "[invalid]"),
        ({"pattern": r"\d", "which": 5, "fallback": "[invalid]"}, "1", "[invalid]"),
        ({"pattern": r"(?<=the answer is )(.*)(?=.)"}, "So the answer is (B).\nQ: the", "(B)"),
    ],
)
def test_regex(fields: dict[str, Json], text: str, left: str) -> None:
    filters: list[Json] = [{"filter": "regex", **fields}]
    assert filter_problems(filters) == []
    assert apply_filters(text, filters) == left


@pytest.mark.parametrize("fields", [{}, {"which": "all"}, {"which": "last"}, {"which": 0}])
def test_regex_that_finds_nothing_is_wrong(fields: dict[str, Json]) -> None:
    assert apply_filters("no\nnumber", [{"filter": "regex", "pattern": r"\d", **fields}]) == (
        Judgement(0.0, Verdict.WRONG, 'Found no answer in the expected form in "no number".', None)
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>6*7</think>\n42", "42"),
        ("<think>a</think>4<think>b</think>2", "42"),
        ("the prompt opened it</think> 42", "42"),
        ("<THINK>a</Think>42", "42"),
        ("<think>I may write <think> here</think>42", "42"),
        ("<think><think>a</think> b</think>42", "42"),
        ("42", "42"),
        ("<thinking>42", "<thinking>42"),
        ("Use <b>tags</b>", "Use <b>tags</b>"),
    ],
)
def test_reasoning_is_taken_out(text: str, left: str) -> None:
    assert apply_filters(text, [{"filter": "strip_reasoning"}]) == left


@pytest.mark.parametrize("text", ["<think>6*7 = 42", "42<think>", "<think>a</think>42 <think> 43"])
def test_reasoning_that_is_cut_off_is_never_scored(text: str) -> None:
    assert apply_filters(text, [{"filter": "strip_reasoning"}, {"filter": "number"}]) == Judgement(
        0.0,
        Verdict.TRUNCATED_REASONING,
        "The reasoning was cut off before it ended, so there is no answer.",
        None,
    )


def test_reasoning_and_nothing_else_is_no_answer() -> None:
    assert apply_filters("<think>42</think>\n", [{"filter": "strip_reasoning"}]) == Judgement(
        0.0, Verdict.NO_ANSWER, "The filters leave nothing of the output.", None
    )


@pytest.mark.parametrize(
    ("given_filter", "text", "left"),
    [
        ({"filter": "take", "which": "first"}, "\n a \nb\n", "a"),
        ({"filter": "take", "which": "last"}, "a\n\n b \n", "b"),
        ({"filter": "until", "stops": "Q:"}, "yes\nQ: no\nQ:", "yes\n"),
        ({"filter": "until", "stops": ["Q:", "yes"]}, "no yes Q:", "no "),
        ({"filter": "until", "stops": ["Q:"]}, "no", "no"),
        ({"filter": "lower"}, "STRASSE Ω", "strasse ω"),
        ({"filter": "unicode"}, "ﬁ ２", "fi 2"),
        ({"filter": "unicode", "form": "NFC"}, "e\u0301ﬁ", "éﬁ"),
        ({"filter": "number"}, "It costs $1,234.50.", "It costs 1234.5"),
        ({"filter": "number"}, "−3 of +007, 0.0, -0 and 1,2", "-3 of 7, 0, 0 and 1,2"),
        ({"filter": "number"}, "3e5 or 12.00%", "3e5 or 12%"),
        ({"filter": "number"}, "no. 5 is 18. \n", "no. 5 is 18"),
    ],
)
def test_other_filters(given_filter: Json, text: str, left: str) -> None:
    assert filter_problems([given_filter]) == []
    assert apply_filters(text, [given_filter]) == left


def test_filters_go_in_order() -> None:
    filters: list[Json] = [
        {"filter": "regex", "pattern": "a.*", "which": "first"},
        {"filter": "lower"},
    ]
    assert apply_filters("A a B", filters) == "a b"
    assert apply_filters("A a B", filters[::-1]) == "a a b"


UNKNOWN = f'it must be an object whose "filter" is one of: {", ".join(FILTERS)}.'


@pytest.mark.parametrize(
    ("filters", "problem"),
    [
        ({}, '"filters" must be a list of at most 20 objects.'),
        ([{"filter": "lower"}] * 21, '"filters" must be a list of at most 20 objects.'),
        (["lower"], f"filter 1: {UNKNOWN}"),
        (
            [{"filter": "lower"}, {"filter": "upper"}],
            f"filter 2: {UNKNOWN}",
        ),
        (
            [{"filter": "lower", "of": 1}],
            'filter 1: lower: option "of" is not known; known are: none.',
        ),
        ([{"filter": "regex"}], 'filter 1: regex: "pattern" is missing.'),
        (
            [{"filter": "regex", "pattern": "a", "which": True}],
            'filter 1: regex: option "which" must be "first", "last", "all" or a whole number.',
        ),
        (
            [{"filter": "regex", "pattern": "a", "group": 1}],
            'filter 1: regex: the pattern "a" has no group 1.',
        ),
        (
            [{"filter": "regex", "pattern": "a", "group": "b"}],
            'filter 1: regex: the pattern "a" has no group b.',
        ),
        (
            [{"filter": "regex", "pattern": "a", "group": -1}],
            'filter 1: regex: option "group" must be the number or the name of a group.',
        ),
        ([{"filter": "take"}], 'filter 1: take: "which" is missing.'),
        (
            [{"filter": "until", "stops": ["a", ""]}],
            'filter 1: until: option "stops" must be a text or a list of texts, none empty.',
        ),
        (
            [{"filter": "strip_reasoning", "tag": "<think>"}],
            'filter 1: strip_reasoning: option "tag" must be the name of a tag, as think.',
        ),
    ],
)
def test_filters_that_are_not_usable(filters: Json, problem: str) -> None:
    assert filter_problems(filters) == [problem]
    assert apply_filters("a", filters) == Judgement(
        0.0, Verdict.WRONG, "The task's filters can't be used.", None
    )


def test_every_problem_is_told_at_once() -> None:
    filters: list[Json] = [{"filter": "take"}, {"filter": "regex", "pattern": "("}, 7]
    assert len(filter_problems(filters)) == 3


def test_every_filter_has_a_case() -> None:
    assert filter_problems(EVERY) == []
    assert sorted(str(each["filter"]) for each in EVERY if isinstance(each, dict)) == (
        sorted(FILTERS)
    )


@given(st.text(st.characters()))
def test_any_output_is_filtered(text: str) -> None:
    left = apply_filters(text, EVERY)
    assert isinstance(left, str) or (left.score == 0 and left.explanation.endswith("."))
