"""Outputs as models write them, against the field's own ways to read them, written down here."""

import random
import re
from collections.abc import Callable

import pytest

from corral.json_types import Json, JsonObject
from corral.scorers.judging import check_scoring, judge_output
from corral.suites.known.gsm8k import GSM8K as GSM8K_SUITE

INVALID = "[invalid]"
GSM8K_IGNORED = [",", r"\$", r"(?s).*#### ", r"\.$"]
BBH: JsonObject = {
    "filters": [{"filter": "regex", "pattern": "(?<=the answer is )(.*)(?=.)", "fallback": INVALID}]
}
GSM8K: list[tuple[str, int]] = [
    (r"#### (\-?[0-9\.\,]+)", 0),
    (r"(-?[$0-9.,]{2,})|(-?[0-9]+)", -1),
]


def harness_match(output: str, pattern: str, which: int) -> str:
    """What lm-evaluation-harness's filter `regex` takes."""
    found = re.findall(pattern, output)
    if not found:
        return INVALID
    taken = found[which]
    if isinstance(taken, tuple):
        taken = next((group for group in taken if group), "")
    return str(taken).strip() or INVALID


def without(text: str, patterns: list[str]) -> str:
    for pattern in patterns:
        text = re.sub(pattern, "", text)
    return text


def gsm8k_solution(chance: random.Random, answer: int) -> str:
    said = chance.choice(
        [f"{answer}", f"{answer:,}", f"${answer}", f"{answer}.00", f"{answer + 1}", f"**{answer}**"]
    )
    end = chance.choice(
        [
            f"#### {said}", f"#### {said}.", f"#### {said} dollars", f"So the answer is {said}.",
            f"The answer is {said} because 3 of 7 are left.", f"\\boxed{{{said}}}", "I can't say.",
            f"#### {said}\n\nQ: There are 5 trees.\n#### 9", f"= {said} %", f"#### -{said}",
        ]
    )  # fmt: skip
    return f"She sells 9 * 2 = $<<9*2=18>>18 a day.\nThen {answer - 5} + 5 is left. {end}"


@pytest.mark.parametrize(("pattern", "which"), GSM8K)
def test_gsm8k_is_read_as_by_the_harness(pattern: str, which: int) -> None:
    chance, right = random.Random(8), 0
    regex: Json = {"filter": "regex", "pattern": pattern, "which": which, "fallback": INVALID}
    options: JsonObject = {"filters": [regex], "ignore": [*GSM8K_IGNORED], "ignore_case": True}
    for _ in range(400):
        answer = chance.randint(6, 20_000)
        output, target = gsm8k_solution(chance, answer), f"x is {answer}\n#### {answer:,}"
        taken = without(harness_match(output, pattern, which), GSM8K_IGNORED)
        theirs = taken == without(target, GSM8K_IGNORED)
        assert check_scoring("exact", target, options) == []
        assert (judge_output("exact", output, target, options).score == 1) == theirs, output
        right += theirs
    assert 40 < right < 360


def authors_answer(output: str) -> str:
    """What GSM8K's authors take: what is behind the first "####", without commas."""
    found = re.search(r"#### (-?[0-9.,]+)", output)
    return found[1].replace(",", "") if found else INVALID


def authors_solution(chance: random.Random, answer: int) -> str:
    """A solution as by a model trained on GSM8K: it answers, goes on, or is cut off."""
    said = chance.choice([answer, answer, answer + 1, -answer, answer * 10])
    step = f"She sells {said - 5} and 5 = <<{said - 5}+5={said}>>{chance.choice(['', '$'])}{said:,}"
    more = f"\n\nQ: And {answer} more?\nA: {answer} + 1 = <<{answer}+1={answer + 1}>>{answer + 1}"
    end = chance.choice(
        [
            f"#### {said}", f"#### {said:,}", f"#### {said}{more}", f"#### {said}{more}\n#### 9",
            f"#### {said}\n#### {answer}", f"#### {said} of {answer}", f"Now {answer}", "", "####",
            f"Then {answer} * 1", f"So <<{answer}*1={answer}>>{answer}",
        ]
    )  # fmt: skip
    return f"{step} a day.\n{end}"


def test_gsm8k_solutions_are_read_as_by_the_authors() -> None:
    chance, right = random.Random(10), 0
    for _ in range(600):
        answer = chance.randint(6, 20_000)
        output = authors_solution(chance, answer)
        theirs = authors_answer(output) == str(answer)
        ours = judge_output("numeric", output, f"{answer:,}", GSM8K_SUITE.source.options)
        assert (ours.score == 1) == theirs, output
        right += theirs
    assert 100 < right < 500


def flexible_number(output: str) -> str:
    """What lm-evaluation-harness's flexible extraction takes for GSM8K, made comparable."""
    return without(harness_match(output, *GSM8K[1]), GSM8K_IGNORED)


def test_gsm8k_answers_of_chat_models_are_read_as_by_flexible_extraction() -> None:
    chance, right = random.Random(11), 0
    for _ in range(600):
        answer = chance.randint(6, 20_000)
        said = chance.choice([f"{answer}", f"{answer:,}", f"${answer}", f"{answer + 1}"])
        output = chance.choice(
            [
                f"She has {answer - 5} and 5. The answer is {said}.", f"**{said}**", said,
                f"### Step 1\n{answer} + 1\n#### Step 2: 3 more\nSo it is **{said}** dollars",
                f"{answer} is too much.\n\\[ \\boxed{{{said}}} \\]", f"Answer: {said} eggs",
                f"1. She has 3.\n2. He has 4.\n\nTogether they have {said}.", f"= {said} %",
            ]
        )  # fmt: skip
        theirs = flexible_number(output) == str(answer)
        ours = judge_output("numeric", output, str(answer), GSM8K_SUITE.source.options)
        assert (ours.score == 1) == theirs, output
        right += theirs
    assert 100 < right < 500


def bbh_output(chance: random.Random, target: str) -> str:
    said = chance.choice([target, target, "(B)", "No", f"**{target}**", target.strip("()")])
    end = chance.choice(
        [
            f"So the answer is {said}.", f"So the answer is {said}", f"So the answer is {said}.\n",
            f"The answer is {said}.", f"so the answer is {said}. Or the answer is (A).",
            f"So the answer is {said}.\n\nQ: Next?\nA: So the answer is No.", f"It is {said}.",
        ]
    )  # fmt: skip
    return f"Let's think step by step.\n(1) We see the facts: [ < ( ) >\n{end}"


def test_bbh_is_read_as_by_the_harness() -> None:
    targets = ["(B)", "(K)", "True", "Yes", "valid", "-50", "] ) >", "barn damp it&t scorch", "24"]
    chance, right = random.Random(9), 0
    for _ in range(400):
        target = chance.choice(targets)
        output = bbh_output(chance, target)
        theirs = harness_match(output, "(?<=the answer is )(.*)(?=.)", 0) == target
        assert (judge_output("exact", output, target, BBH).score == 1) == theirs, output
        right += theirs
    assert 40 < right < 360


FORMS: list[Callable[[str], str]] = [
    lambda said: f"The answer is {said}.",
    lambda said: f"First 3, then 4.5. **Answer: {said}**",
    lambda said: f"Therefore, \\boxed{{{said}}}",
    lambda said: f"Step 1: 7\n#### {said}",
    lambda said: f"So 12 - 3 leaves {said} dollars",
    lambda said: f"I got {said}; yes, {said}!",
    lambda said: f"x = {said}%",
    lambda said: f"\\( 2 + 2 \\) is ${said}$",
    lambda said: f"__{said}__",
]


@pytest.mark.parametrize("form", FORMS)
def test_number_is_read_in_whatever_form(form: Callable[[str], str]) -> None:
    for number in (-1_234_567, -50, 0, 8, 18, 999, 1_000, 45_000):
        for said in (f"{number}", f"{number:,}", f"{number:,}.00", f"{number}".replace("-", "−")):
            assert judge_output("numeric", form(said), number, {}).score == 1, form(said)
            assert judge_output("numeric", form(said), number + 1, {}).score == 0
