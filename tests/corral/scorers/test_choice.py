import pytest

from corral.json_types import Json, JsonObject
from corral.scorers.base import Judgement
from corral.scorers.registry import scorer_named
from corral.verdicts import Verdict

CHOICE = scorer_named("choice")
CITIES: JsonObject = {"choices": ["Paris", "London", "New York", "York"]}


@pytest.mark.parametrize(
    ("output", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        ("(B)", "B"),
        ("**B**", "B"),
        ("B.", "B"),
        ("B) London", "B"),
        ("B: because", "B"),
        ("C\nIt is big.", "C"),
        ("The answer is C", "C"),
        ("the answer is (c).", "C"),
        ("Answer: **D**", "D"),
        ("ANSWER: A because of B", "A"),
        ("I first thought the answer is A, but the answer is B.", "B"),
        ("The correct option is: D", "D"),
        (r"so \boxed{B}", "B"),
        (r"\boxed{\text{(C)}}", "C"),
        ("London", "B"),
        ("It is london, surely", "B"),
        ("It is New York.", "C"),
        ("It is York.", "D"),
        ("Not (A), not (B), it is (D)", "D"),
        ("Between A and B I take B", "B"),
        ("The answer is a city, namely Paris", "A"),
        ("Paris or London", None),
        ("B is the correct answer.", "B"),
        ("So **B** is correct, since A and C are wrong.", "B"),
        ("D is the answer", "D"),
        ("The Answer is, B.", "B"),
        ("Option B is not right, (C) is right", "C"),
        ("Answer: Ｂ", "B"),
        (r"the answer is: $\boxed{\textbf{(B)}\ London}$", "B"),
        ("<answer>B</answer>", "B"),
        ('{"answer": "B"}', "B"),
        ("Answer – B", "B"),
        ("A man who knows", None),
        ("I think so", None),
        ("E", None),
        ("The answer is E", None),
    ],
)
def test_choice_that_is_taken(output: str, letter: str | None) -> None:
    assert CHOICE.score(output, "A", CITIES).answer == letter


def test_target_by_letter_and_by_text() -> None:
    for target in ("C", "c", "(C)", "New York"):
        assert CHOICE.check(target, CITIES) == []
        assert CHOICE.score("C", target, CITIES) == Judgement(
            1.0, Verdict.CORRECT, "The choice is C, as expected.", "C"
        )


def test_judgements_of_what_is_not_right() -> None:
    assert CHOICE.score("A", "C", CITIES).explanation == "Expected C, found A."
    assert CHOICE.score("dunno", "C", CITIES) == Judgement(
        0.0, Verdict.WRONG, 'Expected C, found no choice in "dunno".', None
    )
    assert CHOICE.score("", "C", CITIES).verdict is Verdict.NO_ANSWER


def test_letters_without_texts() -> None:
    assert CHOICE.score("E", "E", {}).score == 1
    assert CHOICE.score("F", "E", {}).answer is None
    assert CHOICE.score("F", "F", {"letters": 6}).score == 1


def test_choices_by_text_can_be_left_out() -> None:
    assert CHOICE.score("London", "B", {**CITIES, "by_text": False}).answer is None


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("F", {}),
        ("E", CITIES),
        ("Rome", CITIES),
        (2, CITIES),
        ("A", {"choices": ["one"]}),
        ("one", {"choices": ["one", "two", " one"]}),
        ("A", {"choices": ["one", ""]}),
        ("A", {"letters": 27}),
        ("A", {"letters": True}),
        ("A", {"letter": 4}),
    ],
)
def test_target_or_options_that_are_not_usable(target: Json, options: JsonObject) -> None:
    assert len(CHOICE.check(target, options)) == 1


def test_choices_with_the_same_text_are_told_apart_by_letter() -> None:
    twice: JsonObject = {"choices": ["6 kmph", "5 kmph", "6 kmph"]}
    assert CHOICE.check("C", twice) == []
    assert CHOICE.score("The answer is C", "C", twice).score == 1
    assert CHOICE.score("It is 6 kmph", "C", twice).answer is None


@pytest.mark.parametrize(
    ("output", "letter"),
    [("so x > y", "A"), ("so x < y", "B"), ("so x ^ 2 = y", None), ("so ax > y", None)],
)
def test_choices_that_are_formulas_are_found_as_they_are(output: str, letter: str | None) -> None:
    assert CHOICE.score(output, "A", {"choices": ["x > y", "x < y", "x = y"]}).answer == letter
