import re

import pytest

from corral.scorers.base import Judgement
from corral.scorers.judging import judge_output
from corral.scorers.patterns import (
    PatternFailed,
    first_group,
    matches,
    pattern_problem,
    whole_match,
    without_matches,
)
from corral.verdicts import Verdict

CATASTROPHIC = [
    (r"^(a|aa)+$", "a" * 5_000 + "!"),
    (r"([a-c]|[b-d])+\d[^1]", "b" * 3_000 + "11"),
]


@pytest.mark.parametrize(("pattern", "text"), CATASTROPHIC)
def test_pattern_that_backtracks_without_end_fails_in_time(pattern: str, text: str) -> None:
    with pytest.raises(PatternFailed, match="^The pattern took too long on this output\\.$"):
        list(matches(pattern, text))
    with pytest.raises(PatternFailed):
        whole_match(pattern, text)
    with pytest.raises(PatternFailed):
        without_matches(pattern, text)


@pytest.mark.parametrize(("pattern", "text"), CATASTROPHIC)
def test_filter_that_backtracks_without_end_is_a_judgement(pattern: str, text: str) -> None:
    options = {"filters": [{"filter": "regex", "pattern": pattern}]}
    assert judge_output("exact", text, "y", options) == Judgement(
        0.0, Verdict.WRONG, "The pattern took too long on this output.", None
    )


@pytest.mark.parametrize(
    "pattern", ["(", "x" * 2_001, "(" * 400 + "a" + ")" * 400, "(a{1000}){1000}b", "a{99999999}"]
)
def test_pattern_that_can_not_be_used(pattern: str) -> None:
    assert str(pattern_problem(pattern)).endswith(".")
    with pytest.raises(PatternFailed, match="can't be used"):
        list(matches(pattern, "a"))


@pytest.mark.parametrize("pattern", [r"\d{1,3}(?:,\d{3})*", "a{0}", ".{0,2000}", r"(?i)\p{L}+"])
def test_pattern_that_can_be_used(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"#### (\-?[0-9\.\,]+)", "#### -1,200.\n#### 3"),
        (r"(-?[$0-9.,]{2,})|(-?[0-9]+)", "It is $18. or 5, so 7"),
        (r"(?<=the answer is )(.*)(?=.)", "the answer is (B).\nthe answer is x."),
        (r"\s*", " a  b "),
        (r"^.", "a\nb"),
    ],
)
def test_matches_are_those_of_the_standard_library(pattern: str, text: str) -> None:
    found = [(match.span(), match.groups()) for match in matches(pattern, text)]
    assert found == [(match.span(), match.groups()) for match in re.finditer(pattern, text)]
    assert without_matches(pattern, text, replacement="_") == re.sub(pattern, "_", text)


def test_first_group_that_took_something() -> None:
    assert [first_group(match) for match in matches("(a)|(b)|c", "abc")] == ["a", "b", ""]
    assert [first_group(match) for match in matches("a|b", "ab")] == ["a", "b"]
