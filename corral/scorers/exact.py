"""The whole output is the target."""

import string
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

_OPTIONS = {"ignore_case": FLAG, "ignore_punctuation": FLAG}
_EDGES = string.punctuation + "…“”‘’«» "


class Exact:
    """Equal after normalisation: NFKC, no white space around, single spaces inside.

    Options: `ignore_case` (default false) compares casefolded; `ignore_punctuation` (default
    false) drops punctuation around the answer and the target ("Paris." is "Paris"), none inside.
    A target is a text or a list of texts of which any will do.
    """

    name = "exact"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return text_target_problems(target) + option_problems(options, _OPTIONS)

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if the output equals a target, else 0."""
        if not output.strip():
            return no_answer()
        targets = text_targets(target)
        answer = _plain(output, options)
        if answer in {_plain(text, options) for text in targets}:
            return correct(answer, f"The output is {any_of(targets)}, as expected.")
        return wrong(answer, f"Expected {any_of(targets)}, found {brief(output)}.")


def _plain(text: str, options: Mapping[str, Json]) -> str:
    text = normalised(text, ignore_case=options.get("ignore_case") is True)
    if options.get("ignore_punctuation") is True:
        return text.strip(_EDGES) or text
    return text
