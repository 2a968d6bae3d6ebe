import asyncio

import pytest

from corral.errors import UserError
from corral.json_types import JsonObject
from corral.scorers.assisted import Help
from corral.scorers.base import Judgement
from corral.scorers.judging import check_scoring, judge_output, judge_with_help
from corral.verdicts import Verdict

BOXED: JsonObject = {
    "filters": [
        {"filter": "strip_reasoning"},
        {"filter": "regex", "pattern": r"The answer is (.*?)\.?$", "which": "last"},
    ],
    "ignore_case": True,
}


def test_scorer_sees_what_the_filters_leave() -> None:
    output = "<think>The answer is no</think>The answer is YES."
    assert check_scoring("exact", "yes", BOXED) == []
    assert judge_output("exact", output, "yes", BOXED) == Judgement(
        1.0, Verdict.CORRECT, 'The output is "yes", as expected.', "yes"
    )


def test_filter_that_ends_it_is_the_judgement() -> None:
    judged = judge_output("exact", "<think>The answer is yes.", "yes", BOXED)
    assert judged.verdict is Verdict.TRUNCATED_REASONING
    assert judge_output("exact", "yes", "yes", BOXED).explanation == (
        'Found no answer in the expected form in "yes".'
    )


@pytest.mark.parametrize("options", [{}, {"filters": []}, BOXED])
def test_blank_output_is_no_answer_with_filters_or_without(options: JsonObject) -> None:
    assert judge_output("exact", " \n", "yes", options) == Judgement(
        0.0, Verdict.NO_ANSWER, "The output is empty.", None
    )


def test_problems_of_filters_options_and_target_at_once() -> None:
    options: JsonObject = {"filters": [{"filter": "upper"}, {"filter": "take"}], "case": True}
    assert len(check_scoring("exact", "", options)) == 4


def test_scorer_that_does_not_exist() -> None:
    problems = check_scoring("exactly", "a", {"filters": 1})
    assert problems[0].startswith('There is no scorer "exactly"; there are: exact')
    assert problems[1:] == ['"filters" must be a list of at most 20 objects.']
    with pytest.raises(UserError, match="There is no scorer"):
        judge_output("exactly", "a", "a", {})


async def test_output_that_is_hard_to_judge_keeps_nothing_else_waiting() -> None:
    hard = "The answer is 9^9^9^9^9^9"
    judging = asyncio.create_task(judge_with_help("math", hard, "3", {}, Help()))
    turns = 0
    while not judging.done():
        await asyncio.sleep(0.01)
        turns += 1

    assert (await judging).verdict is Verdict.WRONG
    assert turns > 10  # a second and more of processor time, in which others had their turn
