"""Hundreds of made-up answers for each scorer, with the verdicts of its reference on them.

Where the reference can't be a dependency, its verdicts are kept as the bits of a number, the first
answer's first: IFEval's by the checks as lm-evaluation-harness 0.4.13 carries them, with Punkt as
`corral.scorers.tongue` loads it and langdetect's seed 0; BFCL's by bfcl-eval 2026.3.23.
"""

import json
import random
import re

import jsonschema
import pytest

from corral.json_types import Json, JsonObject
from corral.scorers.judging import judge_output
from corral.scorers.output_prediction import taken
from corral.suites.known.bbh import ANSWER, CHOICE
from corral.suites.known.catalogue import benchmark_named
from tests.corral.scorers.answers import ASKED, FUNCTION, TRUTH, answers, calls

IFEVAL_ANSWERS, BFCL_CALLS = 60, 400
STRICT_AND_LOOSE: dict[str, tuple[int, int]] = {
    "keywords:existence": (0x800006020000002, 0x800006020000002),
    "keywords:frequency": (0xCF805080F0A7AC8, 0xCF805080F0A7AC8),
    "keywords:forbidden_words": (0xA6F2FF77EBDFEB0, 0xA6F2FF7FFBDFEB2),
    "keywords:letter_frequency": (0x44D1850448A0207, 0x44D1850448A0207),
    "language:response_language": (0x7082C5400C0A02C, 0xF082E5482C4A02C),
    "length_constraints:number_sentences": (0xE12900D4AACDED7, 0xE12940D4AACFED7),
    "length_constraints:number_paragraphs": (0x416885862103028, 0x456885866103028),
    "length_constraints:number_words": (0xE387B641E60A3A8, 0xE3E7B651E60BBA8),
    "length_constraints:nth_paragraph_first_word": (0xA08000041202000, 0xB08811941222004),
    "detectable_content:number_placeholders": (0x651D80C31C01080, 0x651D80C31C01080),
    "detectable_content:postscript": (0x44802800000800, 0x44802800000800),
    "detectable_format:number_bullet_lists": (0x81000000018024C, 0x8100000001A024C),
    "detectable_format:constrained_response": (0x2004100002200, 0x2004100002200),
    "detectable_format:number_highlighted_sections": (0xFFC2538AE2EE41, 0xFFC2538AE2EE41),
    "detectable_format:multiple_sections": (0x810B05801400005, 0x810B05801400005),
    "detectable_format:json_format": (0x100000001088002, 0x100000001088002),
    "detectable_format:title": (0x80000002A000228, 0x80000002A000228),
    "combination:two_responses": (0x3B4EA0669058AA2, 0x3B4EA0669058AA2),
    "combination:repeat_prompt": (0xB3D8B86042D0EE6, 0xB3D8B86042D0EE6),
    "startend:end_checker": (0xF1421885DF6D22B, 0xF1421885DF6D22B),
    "startend:quotation": (0xA2540002200D810, 0xA2540002200D810),
    "change_case:capital_word_frequency": (0x740C4C9DF4E5A32, 0x740C4C9DF4E5A32),
    "change_case:english_capital": (0x4000400002, 0x4000400002),
    "change_case:english_lowercase": (0x400090004200000, 0x400098004204004),
    "punctuation:no_comma": (0xFBDFFDFDFFFAF7F, 0xFBDFFDFDFFFAFFF),
}
VALID = int(
    "1006c91c52d7b26b0883802e828683a0822a49010847268c28"
    "0004c6c022f394303c4a54c01f612946850e69003254288943",
    16,
)


def bits(verdicts: list[bool]) -> int:
    return int("".join("01"[verdict] for verdict in verdicts), 2)


def test_every_instruction_has_verdicts() -> None:
    assert STRICT_AND_LOOSE.keys() == ASKED.keys()
    assert all(0 < strict < 2**IFEVAL_ANSWERS - 1 for strict, _ in STRICT_AND_LOOSE.values())


@pytest.mark.parametrize("name", ASKED)
def test_instructions_are_followed_as_ifeval_finds(name: str) -> None:
    found: list[list[bool]] = [[], []]
    for asked, text in answers(name, IFEVAL_ANSWERS):
        target: Json = {"instruction_id_list": [name], "kwargs": [asked]}
        for loose in (False, True):
            judgement = judge_output("instructions", text, target, {"loose": loose})
            found[loose].append(judgement.score == 1)
    assert (bits(found[0]), bits(found[1])) == STRICT_AND_LOOSE[name]


def test_calls_are_right_as_bfcl_finds() -> None:
    target: Json = {"function": [FUNCTION], "ground_truth": [{"map.route": {**TRUTH}}]}
    found = [judge_output("function_call", call, target, {}).score == 1 for call in calls(400)]
    assert bits(found) == VALID


def published_answer(text: str, *, backwards: bool, thinking: bool) -> str:
    """What CRUXEval's own code leaves of a generation that was stopped at [/ANSWER]."""
    if thinking and "[ANSWER]" in text:
        text = text.split("[ANSWER]")[1].strip()
    if "==" in text:
        text = text.split("==")[0 if backwards else 1].strip()
    if backwards and "assert" in text:
        text = text.split("assert")[1].strip()
    return text.strip()


@pytest.mark.parametrize("backwards", [False, True])
def test_predictions_are_read_as_by_cruxeval(backwards: bool) -> None:
    chance = random.Random(3)
    parts = (
        "assert",
        " f(1, 'a == b')",
        "f([2])",
        " == ",
        "==",
        "'x'",
        "\n",
        " so ",
        "# done",
        "{}",
    )
    for _ in range(600):
        said = "".join(chance.choices(parts, k=chance.randint(1, 6)))
        thinking = chance.random() < 0.5
        text = f"Let us see: 1 == 1.\n[ANSWER]{said}" if thinking else said
        wanted = published_answer(text, backwards=backwards, thinking=thinking)
        ended = f"{text}[/ANSWER] and [ANSWER]1" if chance.random() < 0.5 else text
        assert taken(ended, backwards=backwards) == wanted


def test_choices_are_read_as_by_inspect() -> None:
    """Of its form "ANSWER: B", the last line, whatever the working before it says."""
    chance, right = random.Random(7), 0
    for _ in range(400):
        target, said = chance.choices("ABCD", k=2)
        working = chance.choice(["", "(A) is bigger than (B).\n", "I think C. A day has D.\n\n"])
        mark = chance.choice(["ANSWER: ", "Answer: ", "ANSWER:", "answer : "])
        output = f"{working}{mark}{said}{chance.choice(['', '.', ' ', chr(10)])}"
        found = re.findall(r"(?i)ANSWER\s*:\s*([A-D])", output)
        theirs = bool(found) and found[-1] == target
        right += theirs
        assert (judge_output("choice", output, target, {"letters": 4}).score == 1) == theirs, output
    assert 40 < right < 360


def test_json_is_valid_as_jsonschema_finds() -> None:
    chance, right = random.Random(4), 0
    schema: JsonObject = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 2, "pattern": "^[a-z]"},
            "size": {"type": "integer", "minimum": 0, "multipleOf": 2},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True},
            "at": {"type": "string", "format": "date"},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
    values: dict[str, list[Json]] = {
        "name": ["ab", "ab", "ab", "ab", "ab", "a", "Ab", 1],
        "size": [0, 2, 4.0, 3, -2, "2", True],
        "tags": [[], ["a"], ["a", "b"], ["a", "a"], ["c"], "a"],
        "at": ["2024-02-29", "2023-02-29", "today", 1],
        "more": [1],
    }
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    for _ in range(300):
        names = [*({"name"} if chance.random() < 0.9 else set()), *chance.choices([*values], k=1)]
        document: Json = {name: chance.choice(values[name]) for name in names}
        valid = validator.is_valid(document)
        right += valid
        output = chance.choice(("{}", "```json\n{}\n```")).format(json.dumps(document))
        assert (judge_output("json_schema", output, schema, {}).score == 1) == valid, output
    assert 40 < right < 260


def gsm8k_verdict(output: str, target: int) -> bool:
    """By the code of Cobbe et al.: the first number behind "#### ", without commas, as a text."""
    found = re.search(r"#### (\-?[0-9\.\,]+)", output)
    return found is not None and found[1].strip().replace(",", "") == str(target)


def test_solutions_are_right_as_gsm8k_finds() -> None:
    chance, right = random.Random(5), 0
    options = benchmark_named("gsm8k").source.options
    for _ in range(400):
        target = chance.randint(-20, 20_000)
        said = chance.choice([target, target, target + 1, 2])
        end = chance.choice(
            [
                *("", "<<", f"#### {said}", f"#### {said:,}", f"#### {said}\n"),
                f"so <<1+1=2>>{said}",
                f"#### {said}\n\nQuestion: 1?\n#### 1",
                f"#### {said}\n\nThat is 7.",
            ]
        )
        output = (
            f"She sells 9 * 2 = $<<9*2=18>>18 a day.\nIt is 5+{said}=<<5+{said}=9>>{said}\n{end}"
        )
        theirs = gsm8k_verdict(output, target)
        right += theirs
        judgement = judge_output("numeric", output, target, options)
        assert (judgement.score == 1) == theirs, output
    assert 40 < right < 360


@pytest.mark.parametrize(
    ("pattern", "targets"),
    [
        (
            ANSWER,
            ["True", "Yes", "valid", "no", "-50", "] ) >", "} ]", "barn damp it&t o'clock", "8"],
        ),
        (CHOICE, ["(A)", "(B)", "(R)"]),
    ],
)
def test_answers_are_right_as_big_bench_hard_finds(pattern: str, targets: list[str]) -> None:
    """By exact match of what is behind the last "answer is ", or all, without a full stop."""
    chance, right = random.Random(6), 0
    for _ in range(400):
        target = chance.choice(targets)
        said = chance.choice(
            [
                *(target, target, target, chance.choice(targets), "(C)", "unclear"),
                f"{target} or (C)",
                f"either {target} or {targets[0]} or (C)",
                "(None of the above)",
                f"(C) and {target}",
            ]
        )
        start = chance.choice(
            ["", "If we look at (A), it is.\n(1) See [ ( <\n", "The answer is 3. "]
        )
        end = chance.choice(
            [f"So the answer is {said}.", f"So the answer is {said}", f"It is {said}"]
        )
        output = chance.choice([start + end, said])
        behind = output.split("answer is ")[-1].strip()
        theirs = behind.removesuffix(".") == target
        right += theirs
        options: JsonObject = {"pattern": pattern, "ignore_case": True}
        assert (judge_output("regex", output, target, options).score == 1) == theirs, output
    assert 40 < right < 360
