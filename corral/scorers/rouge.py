"""How much of the target's words, pairs of words or order the output has."""

import re
from collections import Counter
from collections.abc import Mapping

from rapidfuzz.distance import LCSseq

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    Rule,
    graded,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
)

VARIANTS = ("rouge1", "rouge2", "rougeL")
_WORD = re.compile(r"[a-z0-9]+")
_OPTIONS: Mapping[str, Rule] = {
    "variant": ('"rouge1", "rouge2" or "rougeL"', lambda value: value in VARIANTS)
}


class Rouge:
    """ROUGE-1, ROUGE-2 or ROUGE-L as F-measure, as Google's `rouge-score` without its stemmer.

    Lin 2004 (aclanthology.org/W04-1013), with F1 for its F: words are runs of a-z and 0-9 of the
    lower-cased text, so other scripts have none. ROUGE-N counts sequences of N words in common,
    each as often as both have it; ROUGE-L takes the longest common subsequence of the words.
    Precision is the share of the output's, recall that of the target's, and the best target
    counts. Between 0 and 1 the verdict is `partial`.

    Option: `variant` (default "rougeL"). A target must have enough words for the variant.
    """

    name = "rouge"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        problems = text_target_problems(target) + option_problems(options, _OPTIONS)
        if problems:
            return problems
        variant = _variant(options)
        if not all(_measure(words, words, variant) for words in map(_words, text_targets(target))):
            return [f"a target has too few words for {variant}: runs of a-z and 0-9 are words."]
        return []

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """The best F-measure over the targets."""
        if not output.strip():
            return no_answer()
        targets, variant, found = text_targets(target), _variant(options), _words(output)
        best = max((_measure(found, _words(text), variant) for text in targets), default=0.0)
        return graded(best, variant, targets)


def _variant(options: Mapping[str, Json]) -> str:
    variant = options.get("variant")
    return variant if isinstance(variant, str) and variant in VARIANTS else "rougeL"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _measure(found: list[str], wanted: list[str], variant: str) -> float:
    if variant == "rougeL":
        return _f1(LCSseq.similarity(found, wanted), len(found), len(wanted))
    n = int(variant[-1])
    ours, theirs = _sequences(found, n), _sequences(wanted, n)
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def _sequences(words: list[str], n: int) -> "Counter[tuple[str, ...]]":
    return Counter(zip(*(words[start:] for start in range(n)), strict=False))


def _f1(common: int, ours: int, theirs: int) -> float:
    return 2 * common / (ours + theirs) if common else 0.0
