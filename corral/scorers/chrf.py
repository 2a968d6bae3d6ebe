"""How many of the output's and the target's sequences of characters are the same."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.bleu import MAX_OUTPUT
from corral.scorers.checks import (
    Rule,
    graded,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
)

if TYPE_CHECKING:
    from sacrebleu.metrics.chrf import CHRF

_WORDS: Rule = (
    "0 (chrF), 1 (chrF+) or 2 (chrF++)",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2,
)


class Chrf:
    """Sentence chrF as sacrebleu's `sentence_chrf` with its defaults, over 100.

    Popović 2015 (aclanthology.org/W15-3049): the F2 of sequences of 1 to 6 characters without
    white space, the case kept; the best target counts. Between 0 and 1 the verdict is `partial`.
    Of an output longer than 50,000 characters the first 50,000 count.

    Option: `word_order` (default 0; 2 is chrF++), up to how many words count as well.
    """

    name = "chrf"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return text_target_problems(target) + option_problems(options, {"word_order": _WORDS})

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """The best chrF over the targets."""
        if not output.strip():
            return no_answer()
        targets = text_targets(target)
        given = options.get("word_order", 0)
        metric = _metric(given if isinstance(given, int) and _WORDS[1](given) else 0)
        if not targets:
            return graded(0.0, "chrF", targets)
        return graded(
            metric.sentence_score(output[:MAX_OUTPUT], targets).score / 100, "chrF", targets
        )


@cache
def _metric(word_order: int) -> "CHRF":
    from sacrebleu.metrics.chrf import CHRF  # half a second, for those who need it

    return CHRF(word_order=word_order)
