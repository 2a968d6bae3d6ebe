"""The target is somewhere in the output."""

from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    FLAG,
    any_of,
    correct,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
    wrong,
)
from corral.scorers.text import brief, normalised

_OPTIONS = {"ignore_case": FLAG, "whole_words": FLAG}


class Includes:
    """A target occurs in the output, both normalised as by `exact`.

    Options: `ignore_case` (default true, as inspect_ai's `includes`); `whole_words` (default
    false) wants no letter or digit right before and after it, so that "Oman" is not in "Romania".
    A target is a text or a list of texts of which any will do.
    """

    name = "includes"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return text_target_problems(target) + option_problems(options, _OPTIONS)

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if a target is in the output, else 0."""
        if not output.strip():
            return no_answer()
        ignore_case = options.get("ignore_case", True) is True
        whole = options.get("whole_words") is True
        text = normalised(output, ignore_case=ignore_case)
        targets = text_targets(target)
        for wanted in targets:
            if _occurs(normalised(wanted, ignore_case=ignore_case), text, whole=whole):
                return correct(wanted, f"The output contains {brief(wanted)}.")
        return wrong(None, f"The output does not contain {any_of(targets)}.")


def _occurs(wanted: str, text: str, *, whole: bool) -> bool:
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not whole or not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            return True
        at = text.find(wanted, at + 1)
    return False
