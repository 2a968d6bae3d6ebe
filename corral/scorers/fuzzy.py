"""How few characters must go or come to make the output the target."""

from collections.abc import Mapping

from rapidfuzz import fuzz

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    FLAG,
    Rule,
    any_of,
    correct,
    graded,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
    wrong,
)
from corral.scorers.text import brief, normalised

_SHARE: Rule = (
    "a number above 0, up to 1",
    lambda value: isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1,
)
_OPTIONS = {"threshold": _SHARE, "ignore_case": FLAG}


class Fuzzy:
    """The similarity of output and target, as `rapidfuzz.fuzz.ratio` over 100.

    It is 1 - d / (lengths of both together), where d counts the characters to insert and delete,
    after normalisation as by `exact`; the best target counts.

    Options: `threshold`, from which on it is right and below it wrong (without one the similarity
    is the score, and between 0 and 1 the verdict is `partial`); `ignore_case` (default false).
    """

    name = "fuzzy"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return text_target_problems(target) + option_problems(options, _OPTIONS)

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """The similarity to the most similar target, or 1 or 0 by the threshold."""
        if not output.strip():
            return no_answer()
        ignore_case = options.get("ignore_case") is True
        targets = text_targets(target)
        found = normalised(output, ignore_case=ignore_case)
        wanted = [normalised(text, ignore_case=ignore_case) for text in targets]
        best = max((fuzz.ratio(found, text) / 100 for text in wanted), default=0.0)
        threshold = options.get("threshold")
        if not isinstance(threshold, int | float):
            return graded(best, "The similarity", targets)
        shown = f"The similarity of {brief(found)} to {any_of(targets)} is {best:.3f}"
        if best >= threshold:
            return correct(found, f"{shown}, at least {threshold}.")
        return wrong(found, f"{shown}, below {threshold}.")
