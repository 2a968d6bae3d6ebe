"""The answer is mathematically the target."""

from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.apart import APART, MAX_TEXT, JobFailed, Patience
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    any_of,
    correct,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
    wrong,
)
from corral.scorers.numbers import plain_signs
from corral.scorers.text import brief


class Math:
    """Compares expressions as math-verify does with its defaults (`verify(parse(target), …)`).

    The answer is taken from LaTeX (`\\boxed{…}`, `$…$`, `\\(…\\)`) or plain text, the one said to
    be the final answer first, else the last; "1/2", "0.5" and "\\frac{1}{2}" are equal, and so
    are sets, intervals, matrices and equations that are. A target is a text or a list of texts
    of which any will do, with or without dollars around it. Full-width digits and typographic
    minus signs, which math-verify doesn't read, are made plain first. There are no options.

    Both are worked with in a process of its own, with 2 s of processor time and 1 GiB for each
    output: what takes more is `wrong`. Of a run in which 20 outputs took more than 0.25 s, others
    get no more than that. Of an output longer than 100,000 characters the last 100,000 count.
    """

    name = "math"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        problems = text_target_problems(target) + option_problems(options, {})
        if problems:
            return problems
        try:
            bad = APART.ask("check_math", {"targets": _plain_targets(target)})["bad"]
        except JobFailed as failed:
            return [f"the target can't be used: it {failed}."]
        texts = [str(text) for text in bad] if isinstance(bad, list) else []
        return [f"the target {brief(text)} is no mathematical expression." for text in texts]

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """As `score_patiently`, for an output that is no run's."""
        return self.score_patiently(output, target, options, Patience())

    def score_patiently(
        self, output: str, target: Json, options: Mapping[str, Json], patience: Patience
    ) -> Judgement:
        """1 if the answer in the output equals a target, else 0."""
        if not output.strip():
            return no_answer()
        targets = text_targets(target)
        asked: dict[str, Json] = {
            "output": plain_signs(output[-MAX_TEXT:]),
            "targets": _plain_targets(target),
        }
        try:
            found = APART.ask("score_math", asked, patience)
        except JobFailed as failed:
            return wrong(None, f"The output can't be judged: it {failed}.")
        answer = found.get("answer")
        if not isinstance(answer, str):
            return wrong(None, f"Found no mathematical answer in {brief(output)}.")
        if found.get("right") is True:
            return correct(answer, f"The answer {brief(answer)} equals {any_of(targets)}.")
        return wrong(answer, f"Expected {any_of(targets)}, found {brief(answer)}.")


def _plain_targets(target: Json) -> list[Json]:
    return [plain_signs(text) for text in text_targets(target)]
