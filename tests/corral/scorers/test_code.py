"""What is run for an output, and what its end is worth; the running itself is tested apart."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.errors import PlatformError
from corral.json_types import Json, JsonObject
from corral.scorers.assisted import ASSISTED
from corral.scorers.base import Judgement
from corral.scorers.code import taken
from corral.scorers.help import Help, Outcome, Tried
from corral.scorers.judging import check_scoring, judge_with_help
from corral.verdicts import Verdict
from tests.corral.scorers.helpers import Recorded

PROMPT = 'import math\n\n\ndef area(r):\n    """The area of a disc."""\n'
TEST = "def check(candidate):\n    assert candidate(0) == 0\n"
TARGET: JsonObject = {"prompt": PROMPT, "test": TEST, "entry_point": "area"}
BODY = "    return math.pi * r * r\n"
WHOLE = "def area(r):\n    return 3.14 * r ** 2\n"
CHECKED = f"\n{TEST}\ncheck(area)"


async def judged(output: str, *ends: Tried, **options: Json) -> tuple[Judgement, Recorded]:
    programs = Recorded(*ends)
    help = Help(programs=programs)
    return await judge_with_help("code", output, TARGET, options, help), programs


@pytest.mark.parametrize(
    ("output", "code"),
    [
        (BODY, BODY),
        (f"{BODY}```\nSo it is.", BODY),
        (f"\n{BODY}", f"\n{BODY}"),
        (WHOLE, WHOLE),
        (f"Here:\n```python\n{WHOLE}```\nDone.", WHOLE),
        (f"```\nfirst = 1\n```\nthen\n```py\n{WHOLE}```", WHOLE),
        (f"```\n{BODY}```", BODY),
        (f"```python\n{WHOLE}", WHOLE),
        (f"  ```python\n{WHOLE}  ```", WHOLE),
        ("```\na\n```\n```\nb\n```", "a\n"),
        ("return r", "return r"),
    ],
)
def test_code_that_is_taken(output: str, code: str) -> None:
    assert taken(output, "area") == code


async def test_rest_of_the_function_goes_behind_the_prompt() -> None:
    judgement, programs = await judged(BODY)
    assert judgement == Judgement(1.0, Verdict.CORRECT, "The code passes all tests.", BODY)
    assert programs.versions[0][0] == PROMPT + BODY + CHECKED
    assert programs.seconds == [10.0]


async def test_whole_function_keeps_what_the_prompt_has_before_it() -> None:
    _, programs = await judged(WHOLE)
    assert programs.versions[0][:2] == [
        "import math\n\n\n" + WHOLE + CHECKED,
        PROMPT + WHOLE + CHECKED,
    ]


async def test_rest_that_lost_its_indentation_is_tried_with_it() -> None:
    _, programs = await judged("return 1")
    assert programs.versions[0][1:] == [PROMPT + "    return 1" + CHECKED] * 2


@pytest.mark.parametrize(
    ("tried", "verdict", "explanation"),
    [
        (
            Tried(Outcome.FAILED, "AssertionError: no"),
            Verdict.WRONG,
            'A test failed: "AssertionError: no".',
        ),
        (Tried(Outcome.FAILED), Verdict.WRONG, "A test failed."),
        (
            Tried(Outcome.BROKEN, "NameError: x"),
            Verdict.CRASH,
            'The program broke off: "NameError: x".',
        ),
        (
            Tried(Outcome.DIED, "signal 9"),
            Verdict.CRASH,
            'The program broke off: "signal 9".',
        ),
        (
            Tried(Outcome.TIMED_OUT, "more than 2 s"),
            Verdict.TIMEOUT,
            'The program took too long: "more than 2 s".',
        ),
    ],
)
async def test_end_and_its_worth(tried: Tried, verdict: Verdict, explanation: str) -> None:
    judgement, programs = await judged(BODY, tried, seconds=2)
    assert judgement == Judgement(0.0, verdict, explanation, BODY)
    assert programs.seconds == [2.0]


async def test_tests_without_an_entry_point_are_run_as_they_are() -> None:
    programs = Recorded()
    target: JsonObject = {"test": "assert f() == 1"}
    await ASSISTED["code"].score("def f(): return 1", target, {}, Help(programs=programs))
    assert programs.versions == [["def f(): return 1\nassert f() == 1"]]


async def test_filters_go_first() -> None:
    after: Json = [{"filter": "regex", "pattern": "(?s)CODE (.*)"}]
    judgement, _ = await judged("x CODE return 1", filters=after)
    assert judgement.answer == "return 1"
    cut: Json = [{"filter": "strip_reasoning"}]
    judgement, programs = await judged("<think>so", filters=cut)
    assert (judgement.verdict, programs.versions) == (Verdict.TRUNCATED_REASONING, [])


async def test_nothing_is_run_for_nothing_or_too_much() -> None:
    empty, programs = await judged(" \n")
    assert (empty.verdict, programs.versions) == (Verdict.NO_ANSWER, [])
    long, programs = await judged("x" * 100_001)
    assert (long.verdict, programs.versions) == (Verdict.WRONG, [])


async def test_without_a_sandbox_it_is_the_platforms_error() -> None:
    with pytest.raises(PlatformError, match="no sandbox here"):
        await judge_with_help("code", BODY, TARGET, {}, Help())


@pytest.mark.parametrize(
    ("target", "options", "problems"),
    [
        (TARGET, {"seconds": 0.5}, []),
        ({"test": "assert True"}, {}, []),
        ("x", {}, ["the target must be an object of prompt, test, entry_point."]),
        ({"test": " "}, {}, ["test must be a text that is not empty."]),
        ({"test": "x", "prompt": 1}, {}, ["prompt must be a text."]),
        ({"test": "x", "tests": 1}, {}, ['"tests" is not a field of the target.']),
        (
            {"test": "x", "entry_point": "f(1)"},
            {"seconds": 0},
            [
                "entry_point must be the name of a function.",
                'option "seconds" must be a number above 0, up to 120.',
            ],
        ),
    ],
)
def test_what_is_checked(target: Json, options: JsonObject, problems: list[str]) -> None:
    assert check_scoring("code", target, options) == problems


@given(st.text())
def test_any_output_is_judged(output: str) -> None:
    judgement, _ = asyncio.run(judged(output, Tried(Outcome.FAILED, output)))
    assert judgement.score == 0
    assert judgement.explanation.endswith(".")
    assert "\n" not in judgement.explanation
