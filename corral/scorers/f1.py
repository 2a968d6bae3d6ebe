"""How many words of the output and of the target are the same."""

import re
import string
from collections import Counter
from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    graded,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
)

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


class F1:
    """The F1 of the words that output and target share, as SQuAD v1.1's evaluation script.

    Rajpurkar et al. 2016 (arXiv 1606.05250): both are lower-cased, stripped of ASCII punctuation
    and of "a", "an" and "the", and split at white space; with as many words in common, each as
    often as both have it, precision is their share of the output and recall that of the target;
    F1 = 2·precision·recall / (precision + recall), and the best target counts. Between 0 and 1
    the verdict is `partial`. There are no options. A target must keep a word.
    """

    name = "f1"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        problems = text_target_problems(target)
        if not problems and not any(map(words, text_targets(target))):
            problems = ["the target has no word that counts: articles and punctuation don't."]
        return problems + option_problems(options, {})

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """The best F1 over the targets."""
        if not output.strip():
            return no_answer()
        targets = text_targets(target)
        found = words(output)
        best = max((_f1(found, words(text)) for text in targets), default=0.0)
        return graded(best, "F1 of the words", targets)


def words(text: str) -> list[str]:
    """The words that count, normalised."""
    return _ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def _f1(found: list[str], wanted: list[str]) -> float:
    common = (Counter(found) & Counter(wanted)).total()
    return 2 * common / (len(found) + len(wanted)) if common else 0.0
