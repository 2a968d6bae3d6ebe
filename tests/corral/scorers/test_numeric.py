from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.json_types import Json, JsonObject
from corral.scorers.base import Judgement
from corral.scorers.numbers import last_number, parse_number
from corral.scorers.registry import scorer_named
from corral.verdicts import Verdict

NUMERIC = scorer_named("numeric")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 1,234.", "1234"),
        ("1,234,567.89", "1234567.89"),
        ("1,2,3", "3"),
        ("1,2345", "2345"),
        ("12,34", "34"),
        ("$5.50", "5.50"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("\\$18", "18"),
        ("€1,000", "1000"),
        ("3e5", "3e5"),
        ("2.5E-3 m", "0.0025"),
        ("3eggs", "3"),
        ("50%", "50"),
        ("5.", "5"),
        (".5", "0.5"),
        ("x = -3", "-3"),
        ("x=−3", "-3"),
        ("(-3)", "-3"),
        ("+7", "7"),
        ("10-4", "4"),
        ("10 - 4 = 6", "6"),
        ("2024-05-06", "6"),
        ("GPT-4", "4"),
        ("１２", "12"),
        ("5 m²", "5"),
        ("\\boxed{1{,}234}", "1234"),
        ("\\boxed{1\\,234}", "1234"),
        ("1\u202f234\u202f567 €", "1234567"),
        ("12\u00a0345", "12345"),
        ("in 2024\u00a012 of them", "12"),
        ("the 3rd of 12 apples", "12"),
        ("1/2", "2"),
        ("00012", "12"),
    ],
)
def test_last_number(text: str, number: str) -> None:
    assert last_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "none", "-", "$", ".", "²", "e", "½", "IV", ","])
def test_text_without_a_number(text: str) -> None:
    assert last_number(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("3/4", "0.75"), ("it is 3 / 4.", "0.75"), ("1/2 or 2/8", "0.25"), ("4 / 0", "0"), ("3", "3")],
)
def test_last_number_as_a_fraction(text: str, number: str) -> None:
    assert last_number(text, fractions=True) == Decimal(number)


def test_whole_text_as_a_number() -> None:
    assert parse_number(" 1,234. ") == Decimal(1234)
    assert parse_number("12 apples") is None
    assert parse_number("1 2") is None
    assert parse_number("3/4", fractions=True) == Decimal("0.75")
    assert parse_number("3/4") is None


def test_judgements() -> None:
    assert NUMERIC.score("so 41", 42, {}) == Judgement(
        0.0, Verdict.WRONG, "Expected 42, found 41 as the last number.", "41"
    )
    assert NUMERIC.score("so 42.0", "42", {}) == Judgement(
        1.0, Verdict.CORRECT, "The last number is 42, as expected.", "42"
    )
    assert NUMERIC.score("forty-two", "42", {}) == Judgement(
        0.0, Verdict.WRONG, 'Expected 42, found no number in "forty-two".', None
    )
    assert NUMERIC.score(" \n", 42, {}).verdict is Verdict.NO_ANSWER


def test_numbers_are_compared_exactly() -> None:
    assert NUMERIC.score("0.1", 0.1, {}).score == 1
    assert NUMERIC.score("0.30000000000000004", "0.3", {}).score == 0
    assert NUMERIC.score("9007199254740993", "9007199254740992", {}).score == 0


@pytest.mark.parametrize(
    ("output", "options", "score"),
    [
        ("10.5", {"absolute": 0.5}, 1),
        ("10.51", {"absolute": 0.5}, 0),
        ("11", {"relative": 0.1}, 1),
        ("8.9", {"relative": 0.1}, 0),
        ("11", {"relative": 0.01, "absolute": 1}, 1),
        ("20/2", {"fractions": True}, 1),
        ("1e999", {"relative": 0.5}, 0),
    ],
)
def test_tolerance(output: str, options: JsonObject, score: float) -> None:
    assert NUMERIC.check(10, options) == []
    assert NUMERIC.score(output, 10, options).score == score


@pytest.mark.parametrize("target", ["many", "", None, True, [1], "1 or 2", {}])
def test_target_that_is_no_number(target: Json) -> None:
    assert NUMERIC.check(target, {}) == [
        'the target must be a number, or a text that is one, as "1,234".'
    ]


@pytest.mark.parametrize("options", [{"absolute": -1}, {"relative": True}, {"absolute": "1"}])
def test_tolerance_that_is_not_usable(options: JsonObject) -> None:
    assert len(NUMERIC.check(1, options)) == 1


@given(st.integers(-(10**15), 10**15))
def test_number_is_found_however_it_is_written(number: int) -> None:
    for text in (f"{number}", f"{number:,}", f"is {number}.", f"$ {number}%", f"{number:,}.00"):
        assert last_number(text) == number


@given(st.text("0123456789.,-+eE$%/ \n", max_size=60))
def test_any_digits_are_scored(text: str) -> None:
    judgement = NUMERIC.score(text, 7, {"relative": 0.1, "fractions": True})
    assert judgement.score in (0.0, 1.0)
