"""The scorers that give a share, each against its reference on hundreds of rows."""

import re
import string
from collections.abc import Iterator
from itertools import pairwise

import pytest
from rapidfuzz import fuzz
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import sentence_bleu, sentence_chrf

from corral.json_types import Json, JsonObject
from corral.scorers.base import Judgement
from corral.scorers.registry import scorer_named
from corral.verdicts import Verdict
from tests.corral.scorers.phrases import pairs

ROWS = pairs(400, seed=5)
TWO_TARGETS = [(out, [one, other]) for (out, one), (_, other) in pairwise(ROWS)]


def usable(name: str, options: JsonObject) -> Iterator[tuple[str, str, float]]:
    """Output, target and our score of the rows that the scorer takes; most must be."""
    scorer, count = scorer_named(name), 0
    for output, target in ROWS:
        if scorer.check(target, options) == []:
            count += 1
            yield output, target, scorer.score(output, target, options).score
    assert count > 350


def squad_words(text: str) -> list[str]:
    """As section 6.1 of the paper says: ignoring punctuation and articles."""
    text = "".join(character for character in text.lower() if character not in string.punctuation)
    return [word for word in re.sub(r"\b(a|an|the)\b", " ", text).split() if word]


def squad_f1(output: str, target: str) -> float:
    found, wanted = squad_words(output), squad_words(target)
    common = 0
    for word in list(found):
        if word in wanted:
            wanted.remove(word)
            common += 1
    if common == 0:
        return 0.0
    precision, recall = common / len(found), common / len(squad_words(target))
    return 2 * precision * recall / (precision + recall)


def test_f1_is_that_of_the_paper() -> None:
    for output, target, score in usable("f1", {}):
        assert score == pytest.approx(squad_f1(output, target), abs=1e-12)
    for output, targets in TWO_TARGETS:
        best = max(squad_f1(output, target) for target in targets)
        assert scorer_named("f1").score(output, list(targets), {}).score == pytest.approx(best)


@pytest.mark.parametrize("variant", ["rouge1", "rouge2", "rougeL"])
def test_rouge_is_that_of_rouge_score(variant: str) -> None:
    reference = RougeScorer([variant], use_stemmer=False)
    scorer = scorer_named("rouge")
    for output, target in ROWS:
        theirs = reference.score(target, output)[variant].fmeasure
        ours = scorer.score(output, target, {"variant": variant}).score
        assert ours == pytest.approx(theirs, abs=1e-12)
    for output, targets in TWO_TARGETS:
        theirs = reference.score_multi(targets, output)[variant].fmeasure
        ours = scorer.score(output, list(targets), {"variant": variant}).score
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_bleu_is_that_of_sacrebleu() -> None:
    for output, target, score in usable("bleu", {}):
        assert score * 100 == pytest.approx(sentence_bleu(output, [target]).score, abs=1e-6)
    for output, targets in TWO_TARGETS:
        ours = scorer_named("bleu").score(output, list(targets), {}).score
        assert ours * 100 == pytest.approx(sentence_bleu(output, targets).score, abs=1e-6)


@pytest.mark.parametrize("order", [0, 2])
def test_chrf_is_that_of_sacrebleu(order: int) -> None:
    for output, target, score in usable("chrf", {"word_order": order}):
        theirs = sentence_chrf(output, [target], word_order=order).score
        assert score * 100 == pytest.approx(theirs, abs=1e-6)
    for output, targets in TWO_TARGETS:
        ours = scorer_named("chrf").score(output, list(targets), {"word_order": order}).score
        theirs = sentence_chrf(output, targets, word_order=order).score
        assert ours * 100 == pytest.approx(theirs, abs=1e-6)


def test_fuzzy_is_that_of_rapidfuzz() -> None:
    for output, target in ROWS:
        output = " ".join(output.split())
        ours = scorer_named("fuzzy").score(output, target, {}).score
        assert ours * 100 == pytest.approx(fuzz.ratio(output, target), abs=1e-6)


def test_rows_are_of_every_kind() -> None:
    for name in ("f1", "rouge", "bleu", "chrf", "fuzzy"):
        verdicts = {scorer_named(name).score(*row, {}).verdict for row in ROWS}
        assert verdicts >= {Verdict.CORRECT, Verdict.PARTIAL}
    assert {scorer_named("f1").score(*row, {}).verdict for row in ROWS} >= {Verdict.WRONG}


@pytest.mark.parametrize(
    ("name", "output", "target", "options", "judgement"),
    [
        ("f1", "The cat sat.", "cat", {}, (2 / 3, 'F1 of the words is 0.666 against "cat".')),
        ("f1", "a dog", "cat", {}, (0.0, 'F1 of the words is 0.000 against "cat".')),
        ("rouge", "a b c", "a c d", {}, (2 / 3, 'rougeL is 0.666 against "a c d".')),
        ("rouge", "東京", "a", {}, (0.0, 'rougeL is 0.000 against "a".')),
        ("bleu", "cat", "cat", {}, (1.0, 'BLEU is 1.000 against "cat".')),
        ("chrf", "cat", "cat", {}, (1.0, 'chrF is 1.000 against "cat".')),
        ("fuzzy", "cart", "cat", {}, (6 / 7, 'The similarity is 0.857 against "cat".')),
    ],
)
def test_judgements(
    name: str, output: str, target: Json, options: JsonObject, judgement: tuple[float, str]
) -> None:
    judged = scorer_named(name).score(output, target, options)
    assert (judged.score, judged.explanation) == (pytest.approx(judgement[0]), judgement[1])


def test_fuzzy_with_a_threshold_is_right_or_wrong() -> None:
    scorer = scorer_named("fuzzy")
    assert scorer.score("cart", "cat", {"threshold": 0.85}) == Judgement(
        1.0,
        Verdict.CORRECT,
        'The similarity of "cart" to "cat" is 0.857, at least 0.85.',
        "cart",
    )
    assert scorer.score("cart", "cat", {"threshold": 0.9}).verdict is Verdict.WRONG
    assert scorer.score("CAT", "cat", {"threshold": 1, "ignore_case": True}).score == 1


@pytest.mark.parametrize(
    ("name", "target", "options"),
    [
        ("f1", "the!", {}),
        ("f1", "a cat", {"case": True}),
        ("rouge", "cat", {"variant": "rouge2"}),
        ("rouge", "東京", {}),
        ("rouge", ["cat", "東京"], {}),
        ("rouge", "cat", {"variant": "rouge3"}),
        ("bleu", "", {}),
        ("chrf", "cat", {"word_order": 3}),
        ("chrf", "cat", {"word_order": True}),
        ("fuzzy", "cat", {"threshold": 0}),
        ("fuzzy", "cat", {"threshold": True}),
    ],
)
def test_target_or_option_that_is_not_usable(name: str, target: Json, options: JsonObject) -> None:
    assert len(scorer_named(name).check(target, options)) == 1


def test_long_output_is_judged_by_its_beginning() -> None:
    for name in ("bleu", "chrf"):
        scorer = scorer_named(name)
        long = "the cat sat on the mat " * 5_000
        assert scorer.score(long, "the cat", {}) == scorer.score(long[:50_000], "the cat", {})
