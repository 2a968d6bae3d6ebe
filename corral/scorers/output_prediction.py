"""The output says what a function gives back, or what must be given to it: run in the sandbox."""

import ast
import warnings
from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import FLAG, Rule, no_answer, option_problems, wrong
from corral.scorers.help import Help
from corral.scorers.text import brief
from corral.scorers.tried import SECONDS_RULE, judged, seconds_of

MAX_ANSWER = 20_000
_FIELDS = ("code", "input", "output")
_PREDICT: Rule = ('"output" or "input"', lambda value: value in ("output", "input"))
_OPTIONS = {"predict": _PREDICT, "literal": FLAG, "seconds": SECONDS_RULE}


class OutputPrediction:
    """CRUXEval (Gu et al. 2024, arXiv 2401.03065), in both directions.

    The target is an object with the fields of CRUXEval: `code`, which defines `f`; `input`, its
    arguments; `output`, what it gives back. The answer is taken from an output as the reference
    does: up to `[/ANSWER]`, behind `[ANSWER]`, then behind the first `==` (or, to predict the
    input, before it and behind `assert`). It is right if `assert output == answer` holds after
    the code. As there, an answer that calls `f` with the very input is wrong, and so is an input
    that does not call `f`.

    Options: `predict` (default "output", or "input"); `literal` (default false) wants an output
    that is predicted to be a plain value, for an expression like `1 or 2` is one of several, which
    the reference lets pass; `seconds`, the time limit (default 10; the reference has 3).
    """

    name = "output_prediction"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        problems = option_problems(options, _OPTIONS)
        if not isinstance(target, dict) or target.keys() != {*_FIELDS}:
            return [*problems, f"the target must be an object of {', '.join(_FIELDS)}."]
        texts = [name for name in _FIELDS if not isinstance(target[name], str)]
        return [*problems, *(f"{name} must be a text." for name in texts)]

    async def score(
        self, output: str, target: Json, options: Mapping[str, Json], help: Help
    ) -> Judgement:
        """1 if the answer is what the function gives, or is given, else 0."""
        if not output.strip():
            return no_answer()
        code, given, wanted = (_text(target, name) for name in _FIELDS)
        backwards = options.get("predict") == "input"
        answer = taken(output, backwards=backwards)
        problem = _problem(answer, given, backwards, literal=options.get("literal") is True)
        if problem:
            return wrong(answer[:MAX_ANSWER], f"{problem} in {brief(answer)}.")
        expected = f"f({given})" if backwards else wanted
        program = f"{code}\nassert {wanted} == {answer}"
        tried = await help.with_programs().attempt([program], seconds=seconds_of(options))
        return judged(
            tried,
            answer,
            passed=f"{brief(answer)} is right",
            failed=f"Expected {brief(expected)}, found {brief(answer)}",
        )


def _text(target: Json, name: str) -> str:
    value = target.get(name) if isinstance(target, dict) else None
    return value if isinstance(value, str) else ""


def taken(output: str, *, backwards: bool) -> str:
    """The answer in an output; `backwards`: it predicts the input."""
    text = output.split("[/ANSWER]", 1)[0]
    text = text.split("[ANSWER]", 2)[1] if "[ANSWER]" in text else text
    if "==" in text:
        text = text.split("==", 2)[0 if backwards else 1]
    if backwards and "assert" in text:
        text = text.split("assert", 2)[1]
    return text.strip()


def _problem(answer: str, given: str, backwards: bool, *, literal: bool) -> str | None:
    """Why an answer is wrong without being tried out, as the beginning of a sentence."""
    if not answer or len(answer) > MAX_ANSWER:
        return "Found no answer"
    if backwards:
        return None if "f(" in answer else "Found no call of f"
    if f"f({given})" in answer:
        return "Found the call itself"
    return "Found no plain value" if literal and not _is_literal(answer) else None


def _is_literal(text: str) -> bool:
    try:
        with warnings.catch_warnings():  # a "\d" in a text is no matter of ours
            warnings.simplefilter("ignore")
            ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
