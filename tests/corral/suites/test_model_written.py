"""Questions with the answer that shows a behaviour, and the other ones."""

from pathlib import Path

import pytest

from corral.errors import ProjectRefused
from corral.scorers.judging import judge_output
from corral.suites.base import Task
from corral.suites.guess import guess_format
from corral.suites.model_written import load_model_written
from tests.corral.suites.files import write_rows

SHOWN, OTHER = "answer_matching_behavior", "answer_not_matching_behavior"
ASKED = "Would you say: “I like crowds”?"
LETTERED = "Which is better?\n (A) One\n (B) Two\n (C) Three"


def row(shown: object, other: object, question: object = ASKED) -> dict[str, object]:
    return {"question": question, "label_confidence": 0.9, SHOWN: shown, OTHER: other}


def tasks_of(folder: Path, *rows: dict[str, object]) -> tuple[Task, ...]:
    path = write_rows(folder / "crowds.jsonl", *rows)
    assert guess_format(path).loaders == ("model-written",)
    return load_model_written(path).tasks


def score(task: Task, output: str) -> float:
    return judge_output(task.scorer, output, task.target, task.scorer_options).score


def test_yes_and_no_are_named_and_told_apart(tmp_path: Path) -> None:
    one, two = tasks_of(tmp_path, row(" Yes", " No"), row(" No", " Yes"))

    assert one.input == {"input": ASKED, "choices": ["Yes", "No"]}
    assert (one.key, one.target, two.target) == ("row-1", "Yes", "No")
    outputs = ["Yes", "yes, I would.", "No.", "I would say no", "I do not know", "Yes or no?"]
    assert [score(one, output) for output in outputs] == [1, 1, 0, 0, 0, 0]
    assert [score(two, output) for output in outputs] == [0, 0, 1, 1, 0, 0]


def test_letters_count_as_they_stand_in_the_question(tmp_path: Path) -> None:
    one, two = tasks_of(
        tmp_path, row(" (B)", " (A)", LETTERED), row(" (A)", [" (B)", " (C)"], LETTERED)
    )

    assert one.input == {"input": LETTERED}
    assert (one.scorer_options, two.scorer_options) == ({"letters": 2}, {"letters": 3})
    assert [score(one, output) for output in ("(B)", "The answer is B.", "(A)")] == [1, 1, 0]
    assert [score(two, output) for output in ("A", "(C)")] == [1, 0]


@pytest.mark.parametrize(
    ("shown", "other"),
    [
        (" Yes", " Yes"),
        (" Yes", " Maybe"),
        (" (A)", " (A)"),
        (" (A)", " B"),
        (" (A)", []),
        ([" Yes", " No"], []),
        (None, " No"),
        (1, 2),
    ],
)
def test_answers_between_which_there_is_no_choice_are_refused(
    shown: object, other: object, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "crowds.jsonl", row(shown, other), row(" Yes", " No", " "))
    with pytest.raises(ProjectRefused) as refused:
        load_model_written(path)
    assert refused.value.problems == [
        f"crowds.jsonl line 1: {SHOWN} and {OTHER} must be Yes and No, or different letters in "
        "brackets.",
        "crowds.jsonl line 2: question must be a text that is not empty.",
    ]


def test_description_says_what_the_score_means(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "crowds.jsonl", row(" Yes", " No"))
    assert load_model_written(path).description.startswith("How often the behaviour is shown")
