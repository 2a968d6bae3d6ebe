"""What scorers share in checking targets and options, and in wording judgements."""

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.text import brief
from corral.verdicts import Verdict

_ROUNDING = 1e-9

Rule: TypeAlias = tuple[str, Callable[[Json], bool]]

FLAG: Rule = ("true or false", lambda value: isinstance(value, bool))
TOLERANCE: Rule = (
    "a finite number, 0 or more",
    lambda value: (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 0
    ),
)
TEXT: Rule = ("a text that is not empty", lambda value: isinstance(value, str) and value != "")


def option_problems(options: Mapping[str, Json], rules: Mapping[str, Rule]) -> list[str]:
    """One sentence for each option that the scorer doesn't know or can't use."""
    problems = []
    for name, value in options.items():
        if name not in rules:
            known = ", ".join(sorted(rules)) or "none"
            problems.append(f'option "{name}" is not known; known are: {known}.')
        elif not rules[name][1](value):
            problems.append(f'option "{name}" must be {rules[name][0]}.')
    return problems


def text_targets(target: Json) -> list[str]:
    """A target that is a text or a list of texts of which any will do; empty if it is neither."""
    texts = target if isinstance(target, list) else [target]
    if all(isinstance(text, str) and text.strip() for text in texts):
        return [text for text in texts if isinstance(text, str)]
    return []


def text_target_problems(target: Json) -> list[str]:
    """One sentence if the target is no text and no list of texts."""
    if text_targets(target):
        return []
    return ["the target must be a text, or a list of texts of which any is right, none empty."]


def correct(answer: str, explanation: str) -> Judgement:
    """Full marks."""
    return Judgement(1.0, Verdict.CORRECT, explanation, answer)


def wrong(answer: str | None, explanation: str) -> Judgement:
    """No marks for an answer that was given."""
    return Judgement(0.0, Verdict.WRONG, explanation, answer)


def graded(score: float, what: str, targets: list[str]) -> Judgement:
    """Marks from 0 to 1 by a measure, `what` it is called; within 1e-9 of an end they are it."""
    bounded = min(1.0, max(0.0, score))
    if bounded < _ROUNDING or bounded > 1 - _ROUNDING:
        bounded = float(round(bounded))
    verdict = {0.0: Verdict.WRONG, 1.0: Verdict.CORRECT}.get(bounded, Verdict.PARTIAL)
    shown = f"{math.floor(bounded * 1000) / 1000:.3f}"  # 0.9999 is not shown as 1
    return Judgement(bounded, verdict, f"{what} is {shown} against {any_of(targets)}.")


def no_answer() -> Judgement:
    """The verdict on an output of nothing but white space, whatever the scorer."""
    return Judgement(0.0, Verdict.NO_ANSWER, "The output is empty.")


def any_of(targets: list[str]) -> str:
    """Targets for an explanation."""
    more = f" or {len(targets) - 3} more" if len(targets) > 3 else ""
    return " or ".join(brief(text) for text in targets[:3]) + more
