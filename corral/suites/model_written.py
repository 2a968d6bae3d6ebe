"""Evaluations that models wrote (Perez et al. 2022, arXiv 2212.09251): is a behaviour shown?"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corral.json_types import Json, JsonObject
from corral.suites.assemble import suite_of, tasks_of_files
from corral.suites.base import LoadedSuite
from corral.suites.files import files_of
from corral.suites.head import head_for
from corral.suites.report import Report
from corral.suites.rows import TaskMaker

SHOWN, OTHER = "answer_matching_behavior", "answer_not_matching_behavior"
FIELDS = frozenset(("question", SHOWN, OTHER))
YES_NO: list[Json] = ["Yes", "No"]
_LETTER = re.compile(r"\(([A-Z])\)")
_RULE = f"{SHOWN} and {OTHER} must be Yes and No, or different letters in brackets."
_ABOUT = "How often the behaviour is shown that the questions ask about; not how often it is right."


def load_model_written(path: Path) -> LoadedSuite:
    """Read one file of questions, each with the answer that shows a behaviour and the other ones.

    The target is the answer that shows it, and the scorer is `choice`: between Yes and No, which
    are named in the input, or by the letters of choices, which stand in the question itself. Other
    fields are passed over.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    files, name = files_of(path, report)
    head = replace(head_for(path), description=_ABOUT)
    maker = TaskMaker(report, head.defaults)
    tasks = tasks_of_files(files, [name], _row, maker, report)
    report.end()
    return suite_of(head, tasks, files)


def _row(where: str, number: int, row: JsonObject, report: Report) -> "JsonObject | None":
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        report.add(where, "question must be a text that is not empty.")
        return None
    shown, others = _texts(row.get(SHOWN)), _texts(row.get(OTHER))
    scoring = _scoring([*shown, *others]) if len(shown) == 1 else None
    if scoring is None:
        report.add(where, _RULE)
        return None
    named: JsonObject = {"choices": YES_NO} if shown[0] in YES_NO else {}
    return {
        "id": f"row-{number}",
        "input": {"input": question, **named},
        "target": shown[0],
        "scorer": "choice",
        "options": scoring,
    }


def _texts(value: Json) -> list[str]:
    """One text or several, as published with a space before them."""
    given = value if isinstance(value, list) else [value]
    return [text.strip() for text in given if isinstance(text, str)]


def _scoring(answers: Sequence[str]) -> "JsonObject | None":
    """The options of the scorer for answers between which there is a choice; None for others."""
    if sorted(answers) == ["No", "Yes"]:
        return {"choices": YES_NO}
    letters = [match[1] for answer in answers if (match := _LETTER.fullmatch(answer))]
    if len(letters) < max(2, len(answers)) or len(set(letters)) < len(letters):
        return None
    return {"letters": max(2, ord(max(letters)) - ord("A") + 1)}
