"""How many of the output's word sequences a reference translation has."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    graded,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
)

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

MAX_OUTPUT = 50_000


class Bleu:
    """Sentence BLEU as sacrebleu's `sentence_bleu` with its defaults, over 100.

    Papineni et al. 2002 and Post 2018 (arXiv 1804.08771): tokenised as "13a", up to 4 words, the
    case kept, exponential smoothing, effective order, a list of targets as references of one
    output. Between 0 and 1 the verdict is `partial`. There are no options. Of an output longer
    than 50,000 characters the first 50,000 count, since what takes long must not hold a worker.
    """

    name = "bleu"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return text_target_problems(target) + option_problems(options, {})

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """The BLEU of the output against all targets together."""
        if not output.strip():
            return no_answer()
        targets = text_targets(target)
        if not targets:
            return graded(0.0, "BLEU", targets)
        try:
            score = _metric().sentence_score(output[:MAX_OUTPUT], targets).score
        finally:
            _forget()
        return graded(score / 100, "BLEU", targets)


@cache
def _metric() -> "BLEU":
    from sacrebleu.metrics.bleu import BLEU  # half a second, for those who need it

    return BLEU(effective_order=True)


def _forget() -> None:
    """The tokenizers would keep the last 65,536 texts, gigabytes of them where they are long."""
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
    from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp

    for kept in (Tokenizer13a.__call__, TokenizerRegexp.__call__):
        kept.cache_clear()
