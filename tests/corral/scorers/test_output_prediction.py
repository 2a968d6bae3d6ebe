"""CRUXEval in both directions."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.json_types import Json, JsonObject
from corral.scorers.base import Judgement
from corral.scorers.help import Help, Outcome, Tried
from corral.scorers.judging import check_scoring, judge_with_help
from corral.scorers.output_prediction import taken
from corral.verdicts import Verdict
from tests.corral.scorers.helpers import Recorded

CODE = "def f(a, b):\n    return a + b"
TARGET: JsonObject = {"code": CODE, "input": "1, 2", "output": "3"}


async def judged(output: str, *ends: Tried, **options: Json) -> tuple[Judgement, Recorded]:
    programs = Recorded(*ends)
    help = Help(programs=programs)
    return await judge_with_help("output_prediction", output, TARGET, options, help), programs


@pytest.mark.parametrize(
    ("output", "forwards", "backwards"),
    [
        ("3", "3", "3"),
        ("assert f(1, 2) == 3", "3", "f(1, 2)"),
        ("so [ANSWER]\nassert f(1, 2) == 3\n[/ANSWER] and", "3", "f(1, 2)"),
        ("[ANSWER]f(0, 3)[/ANSWER][ANSWER]f(1, 2)", "f(0, 3)", "f(0, 3)"),
        ("3 [/ANSWER] 4", "3", "3"),
        ("f(1) == 2 == 3", "2", "f(1)"),
        ("[ANSWER]", "", ""),
        ("a assert b assert c", "a assert b assert c", "b"),
    ],
)
def test_answer_that_is_taken(output: str, forwards: str, backwards: str) -> None:
    assert taken(output, backwards=False) == forwards
    assert taken(output, backwards=True) == backwards


async def test_output_is_asserted_after_the_code() -> None:
    judgement, programs = await judged("[ANSWER]assert f(1, 2) == 3[/ANSWER]")
    assert judgement == Judgement(1.0, Verdict.CORRECT, '"3" is right.', "3")
    assert programs.versions == [[f"{CODE}\nassert 3 == 3"]]


async def test_input_is_asserted_after_the_code() -> None:
    judgement, programs = await judged("assert f(0, 3) == 3", predict="input")
    assert judgement.answer == "f(0, 3)"
    assert programs.versions == [[f"{CODE}\nassert 3 == f(0, 3)"]]


@pytest.mark.parametrize(
    ("output", "options", "explanation"),
    [
        ("f(1, 2)", {}, 'Found the call itself in "f(1, 2)".'),
        ("(1, 2)", {"predict": "input"}, 'Found no call of f in "(1, 2)".'),
        ("[ANSWER][/ANSWER]", {}, 'Found no answer in "".'),
        ("4 or 3", {"literal": True}, 'Found no plain value in "4 or 3".'),
        ("'\\d", {"literal": True}, 'Found no plain value in "\'\\d".'),
    ],
)
async def test_answer_that_is_not_tried_out(
    output: str, options: JsonObject, explanation: str
) -> None:
    judgement, programs = await judged(output, **options)
    assert (judgement.verdict, judgement.explanation) == (Verdict.WRONG, explanation)
    assert programs.versions == []


async def test_literal_is_tried_out() -> None:
    judgement, _ = await judged("[(1, 'a'), {'b': None}]", literal=True)
    assert judgement.score == 1


@pytest.mark.parametrize(
    ("tried", "options", "verdict", "explanation"),
    [
        (Tried(Outcome.FAILED), {}, Verdict.WRONG, 'Expected "3", found "f(4)".'),
        (
            Tried(Outcome.FAILED),
            {"predict": "input"},
            Verdict.WRONG,
            'Expected "f(1, 2)", found "f(4)".',
        ),
        (
            Tried(Outcome.BROKEN, "NameError: x"),
            {},
            Verdict.CRASH,
            'The program broke off: "NameError: x".',
        ),
        (Tried(Outcome.TIMED_OUT), {}, Verdict.TIMEOUT, "The program took too long."),
    ],
)
async def test_end_and_its_worth(
    tried: Tried, options: JsonObject, verdict: Verdict, explanation: str
) -> None:
    judgement, _ = await judged("f(4)", tried, **options)
    assert (judgement.score, judgement.verdict) == (0, verdict)
    assert judgement.explanation == explanation


@pytest.mark.parametrize(
    ("target", "options", "problems"),
    [
        (TARGET, {"predict": "input", "literal": False, "seconds": 3}, []),
        ({"code": CODE}, {}, ["the target must be an object of code, input, output."]),
        ({**TARGET, "input": 1}, {}, ["input must be a text."]),
        (TARGET, {"predict": "both"}, ['option "predict" must be "output" or "input".']),
    ],
)
def test_what_is_checked(target: Json, options: JsonObject, problems: list[str]) -> None:
    assert check_scoring("output_prediction", target, options) == problems


@given(st.text(), st.booleans(), st.sampled_from(["input", "output"]))
def test_any_output_is_judged(output: str, literal: bool, predict: str) -> None:
    end = Tried(Outcome.FAILED, output)
    judgement, _ = asyncio.run(judged(output, end, literal=literal, predict=predict))
    assert judgement.score == 0
    assert judgement.explanation.endswith(".")
    assert "\n" not in judgement.explanation
