"""BIG-Bench Hard: 27 tasks of BIG-bench on which models were behind people, a suite each."""

import re
from dataclasses import dataclass

from corral.json_types import JsonObject
from corral.suites.known.base import Benchmark, DataFile, HubFile
from corral.suites.mapping import FieldMap, MappedSource

_LETTER = "the letter of your choice in brackets, as (A)"
_LETTERED = re.compile(r"\(([A-Z])\)")
# The exact match of Suzgun et al.: what comes after the last "answer is" counts, without its full
# stop, and of an answer without these words the whole. Where models that chat differ from the
# authors' (marks of emphasis, quotes, case) they are read kindly. lm-evaluation-harness takes the
# first "the answer is " and always drops one character at the end: for an answer as the prompt
# asks for it, both are the same.
_EDGE = r"[\s*_`\"'$]*+"
_SAID = rf"(?>\A.*answer is:?\s|\A(?:A:\s)?){_EDGE}"
_END = r"[\s*_`\"'$.]*+\Z"
_TEXT_SAID = r"(.*[^\s*_`\"'$.]|)"
ANSWER = rf"(?s){_SAID}{_TEXT_SAID}{_END}"
# A choice is the first letter in brackets in that sentence, or a letter alone; two at once, as
# "(A) or (B)", are none. The three questions of the data whose choices were torn apart have a text
# as the target.
_LETTER_SAID = r"(\([A-Z]\))(?!(?:[\s,/&*]|\b(?:or|and|nor)\b)*\([A-Z]\))"
CHOICE = (
    rf"(?s)(?|(?>\A.*answer is:?\s)(?:(?!\([A-Z]\)|[.!?]\s).)*{_LETTER_SAID}"
    rf"|{_SAID}{_LETTER_SAID}.*"
    rf"|{_SAID}([A-Z])(?:{_END}|{_EDGE}[.:)]\s.*)"
    rf"|{_SAID}{_TEXT_SAID}{_END})"
)
# A model without a stop goes on with a question of its own.
_NEXT: JsonObject = {"filter": "until", "stops": ["\n\nQ:"]}


@dataclass(frozen=True, slots=True)
class _Task:
    """One of the 27: its file's name, how many questions it has, what is asked for, its SHA-256."""

    name: str
    tasks: int
    asked: str
    sha256: str


_TASKS = (
    _Task(
        "boolean_expressions",
        250,
        "True or False",
        "ea6c754ec005e2d3f2d085d349a740f593b5764f32ea4638ffed4cfc0061b12a",
    ),
    _Task(
        "causal_judgement",
        187,
        "Yes or No",
        "6e8bca44dd402008ed41c07a3d0a1d5e7b03db7001a7e002fcdf4c60985ea081",
    ),
    _Task(
        "date_understanding",
        250,
        _LETTER,
        "0148d4ac5fca05b2f82373e5fef7208e15363b9c6079493034d77b3dab496bf5",
    ),
    _Task(
        "disambiguation_qa",
        250,
        _LETTER,
        "cf06df9ebf911b883671cb1b35d3fbd1a1c306b19b9e9a012407e596c85fe8c6",
    ),
    _Task(
        "dyck_languages",
        250,
        "the closing brackets alone, with spaces between",
        "3f9badedf15c2be1ce53d94fdf016299bb30ba231ef087ab9f51a7ed6d0bdc25",
    ),
    _Task(
        "formal_fallacies",
        250,
        "valid or invalid",
        "4c1adb664821157faade1d4153685403afcc02648f3c180a608a18f17f589629",
    ),
    _Task(
        "geometric_shapes",
        250,
        _LETTER,
        "07be68a124420caa2ebc0b2c858ad79fc55c5c8806170e496e1e17ebfb11f31c",
    ),
    _Task(
        "hyperbaton",
        250,
        _LETTER,
        "b6d7f55c75f5d02f2987a4f3123802dfa093872089a56a334144aae8a7264fdc",
    ),
    _Task(
        "logical_deduction_five_objects",
        250,
        _LETTER,
        "d2df31394b903b7f0e085d42a69572a092987856eac076799017d70ef266fa8f",
    ),
    _Task(
        "logical_deduction_seven_objects",
        250,
        _LETTER,
        "2896c7e3482eea318dd37bcc370d24ec3cc91e8374c1784287b5dbd38a529e33",
    ),
    _Task(
        "logical_deduction_three_objects",
        250,
        _LETTER,
        "e590fae72e3a6041fbd23bd8ff6b74baf44ca563f6ba40a041c55e7b867c1681",
    ),
    _Task(
        "movie_recommendation",
        250,
        _LETTER,
        "a8b53a87ee21a865b7248e694f388a9b8f7cf6b839b11d44796a2dd3fc088983",
    ),
    _Task(
        "multistep_arithmetic_two",
        250,
        "the number",
        "c9d5a6433c9b78256422a15c78463949c8bec8d85607aa28b52d7234ad4a8595",
    ),
    _Task(
        "navigate",
        250,
        "Yes or No",
        "b7944dfd3c81da5c4815bd75b00d6fa3c64140823498e78ed496f4c3d36f7f0d",
    ),
    _Task(
        "object_counting",
        250,
        "the number",
        "8acef14dbbdd40d2326ef7755750b6b5fe919fef06276af1bab3f1c297f022ff",
    ),
    _Task(
        "penguins_in_a_table",
        146,
        _LETTER,
        "bb87ee449698eee51215e025a453b1bcb2f5e6589c2063b2c79e68b8f0655228",
    ),
    _Task(
        "reasoning_about_colored_objects",
        250,
        _LETTER,
        "0a8850cf95166020fce7a78244026ceedd7ea839302471512b4f8744e85a6a49",
    ),
    _Task(
        "ruin_names",
        250,
        _LETTER,
        "b6f723aef2bafdd4c7bfc3c7e0329c7e8a8279391a609969c8ed76c9319f5f7f",
    ),
    _Task(
        "salient_translation_error_detection",
        250,
        _LETTER,
        "becf3eb8dd53c821a555ecd5c1334ecd93eb25f980e63be963c518e7138de5da",
    ),
    _Task(
        "snarks", 178, _LETTER, "54a0661fe2de06167645a4965e6bcf963c4ba307e76262a7c750998b0e3d0d0e"
    ),
    _Task(
        "sports_understanding",
        250,
        "yes or no",
        "63ca262858f6176864515cd8cf53cdaa40839ebecc155b726d77930855d167bf",
    ),
    _Task(
        "temporal_sequences",
        250,
        _LETTER,
        "92a1189faaa84aacc4c405aaa13f13f48c2992eb884772eedb622505252baef5",
    ),
    _Task(
        "tracking_shuffled_objects_five_objects",
        250,
        _LETTER,
        "2063a46a4fb484236ed4310523606543a3e1dd4a4dc34eda65d407910ece25a5",
    ),
    _Task(
        "tracking_shuffled_objects_seven_objects",
        250,
        _LETTER,
        "b59fd05b850c37cf57cb514ae1e6975c00b1638ade2291722056b2af3c54084d",
    ),
    _Task(
        "tracking_shuffled_objects_three_objects",
        250,
        _LETTER,
        "546cc7bf10c6a01a6a4c17ae28a4966485f21f29fd5d111f37858ec78e354f6b",
    ),
    _Task(
        "web_of_lies",
        250,
        "Yes or No",
        "3e60323f8514a107fdb4edf35f8832a9171c5a09c0eaa47823559de905e8ab8b",
    ),
    _Task(
        "word_sorting",
        250,
        "the sorted words, with spaces between",
        "2a6132d2c99f00d0d2eb1113ac6b4a918bd969d863c48749210d969713db8d43",
    ),
)


def _with_bare_letter(row: JsonObject) -> JsonObject:
    """A letter will do with and without its brackets."""
    target = row.get("target")
    match = _LETTERED.fullmatch(target.strip()) if isinstance(target, str) else None
    return {**row, "target": [match[0], match[1]]} if match else row


def _benchmark(task: _Task) -> Benchmark:
    title = task.name.replace("_", " ")
    choice = task.asked == _LETTER
    return Benchmark(
        source=MappedSource(
            slug=f"bbh-{task.name.replace('_', '-')}",
            name=f"BIG-Bench Hard: {title}",
            description=f"BIG-Bench Hard, {title}: the answer is {task.asked}.",
            licence="MIT",
            source=(
                "https://github.com/suzgunmirac/BIG-Bench-Hard "
                "(Suzgun et al. 2022, arXiv 2210.09261)"
            ),
            fields=FieldMap(input="input", target="target"),
            adapt=_with_bare_letter if choice else None,
            within="examples",
            prompt=(
                "{input}\n\nThink step by step, and end with a sentence that begins with "
                f'"The answer is" and goes on with {task.asked}.'
            ),
            scorer="regex",
            options={
                "filters": [_NEXT],
                "pattern": CHOICE if choice else ANSWER,
                "ignore_case": True,
            },
            tags=("bbh", title[:40]),
        ),
        folder="bbh",
        files=(DataFile(f"{task.name}.json", task.sha256),),
        tasks=task.tasks,
        hub=HubFile("lukaemon/bbh", f"{task.name}/test-00000-of-00001.parquet"),
    )


BBH = tuple(map(_benchmark, _TASKS))
