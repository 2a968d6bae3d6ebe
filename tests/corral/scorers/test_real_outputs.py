"""Hundreds of answers of a real model, each scored as by the scorer's reference."""

import json
import re
from pathlib import Path

import pytest
from math_verify import parse, verify
from rapidfuzz import fuzz
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import sentence_bleu, sentence_chrf

from corral.json_types import Json
from corral.scorers.judging import judge_output
from corral.suites.known.gsm8k import GSM8K
from tests.corral.scorers.outputs import answered
from tests.corral.scorers.test_against_references import bits
from tests.corral.scorers.test_graded_scorers import squad_f1
from tests.corral.scorers.test_model_outputs import authors_answer, flexible_number

ROWS = answered()
# By lm-evaluation-harness's checks, as in `test_against_references`: for each what was asked, and
# the strict and loose verdicts in hex, a bit for each answer, the first one's first.
FOLLOWED = json.loads(Path(__file__).with_name("followed.json").read_text("utf-8"))


def score(scorer: str, output: str, target: Json, **options: Json) -> float:
    return judge_output(scorer, output, target, options).score


def test_there_are_hundreds_of_every_length() -> None:
    lengths = sorted(len(row.output) for row in ROWS)
    assert len(ROWS) == 270
    assert lengths[0] < 10
    assert lengths[-1] > 300


@pytest.mark.parametrize("variant", ["rouge1", "rouge2", "rougeL"])
def test_rouge(variant: str) -> None:
    reference = RougeScorer([variant], use_stemmer=False)
    for row in ROWS:
        theirs = reference.score(row.target, row.output)[variant].fmeasure
        ours = score("rouge", row.output, row.target, variant=variant)
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_bleu_and_chrf() -> None:
    for row in answered("text"):
        bleu = sentence_bleu(row.output, [row.target]).score
        chrf = sentence_chrf(row.output, [row.target], word_order=2).score
        assert score("bleu", row.output, row.target) * 100 == pytest.approx(bleu, abs=1e-6)
        ours = score("chrf", row.output, row.target, word_order=2)
        assert ours * 100 == pytest.approx(chrf, abs=1e-6)


def test_f1_and_similarity() -> None:
    for row in ROWS:
        assert score("f1", row.output, row.target) == pytest.approx(
            squad_f1(row.output, row.target)
        )
        similarity = fuzz.ratio(" ".join(row.output.split()), row.target)
        assert score("fuzzy", row.output, row.target) * 100 == pytest.approx(similarity, abs=1e-6)


def said_in(output: str) -> str:
    """Behind "####" as GSM8K's authors read it, else the last number as `flexible-extract` does."""
    return authors_answer(output) if "####" in output else flexible_number(output)


def test_the_number_that_is_taken_is_that_of_gsm8k_and_the_harness() -> None:
    """Against the right answer and, since the model is hardly ever right, against what it said."""
    taken = 0
    for row in answered("number"):
        said = said_in(row.output)
        targets = {row.target} | ({said} if re.fullmatch(r"-?\d+", said) else set())
        taken += len(targets) - 1
        for target in targets:
            ours = judge_output("numeric", row.output, target, GSM8K.source.options)
            assert (ours.score == 1) == (said == target), row.output
    assert taken > 60


def test_mathematics_is_that_of_math_verify() -> None:
    right = 0
    for row in answered("number"):
        found = parse(row.output, parsing_timeout=None)
        for target in (row.target, said_in(row.output)):
            gold = parse(target, parsing_timeout=None)
            theirs = verify(gold, found, timeout_seconds=None)
            assert (score("math", row.output, target) == 1) == theirs, row.output
            right += theirs
    assert right > 40


def test_words_that_are_included_or_the_answer() -> None:
    right = 0
    for row in answered("word"):
        included = row.target.lower() in row.output.lower()
        assert (score("includes", row.output, row.target) == 1) == included
        exact = row.output.strip() == row.target
        assert (score("exact", row.output, row.target) == 1) == exact
        right += included
    assert 10 < right < 80


@pytest.mark.parametrize("name", FOLLOWED)
def test_instructions_are_followed_as_ifeval_finds(name: str) -> None:
    recorded = FOLLOWED[name]
    target: Json = {"instruction_id_list": [name], "kwargs": [recorded["asked"]]}
    for loose in (False, True):
        judged = [
            judge_output("instructions", row.output, target, {"loose": loose}) for row in ROWS
        ]
        verdicts = recorded["loose" if loose else "strict"]
        assert bits([one.score == 1 for one in judged]) == int(verdicts, 16)
