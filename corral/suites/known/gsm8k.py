"""GSM8K: grade-school word problems with one number as the answer."""

from corral.json_types import Json
from corral.suites.known.base import Benchmark, DataFile, HubFile
from corral.suites.mapping import FieldMap, MappedSource

# Read as by the authors where an output is written as theirs, and by the last number where not. The
# number behind the first "####" counts, whatever follows (a heading with a number goes on behind a
# dot); else that of a last line "A: 18". Working with the data's marks, <<9*2=18>>, has
# an answer only if it says one behind the last mark: the last number before a cut is none.
_NUMBER = r"((?>-?[$€£¥]?-?[0-9]*(?:[.,][0-9]+)*+)(?<=[0-9]))"
_MARK = r"<<[^<>\n]*=[^<>\n]*>>"
ANSWER = (
    rf"(?s)(?|\A.*?####[\s*_\\]*+{_NUMBER}(?![.):]\s+[A-Za-z])"
    rf"|(?:\A|\A.*\n)A:[^0-9\n]*?{_NUMBER}[^\n]*\Z"
    rf"|\A.*{_MARK}(?:(?!{_MARK}|\bA:|answer|\\boxed).)*+(?:A:|answer|\\boxed)[^0-9\n]*?{_NUMBER}"
    rf"|\A((?:(?!{_MARK}).)*+)\Z)"
)

# A model without a stop goes on with a question of its own.
_FILTERS: list[Json] = [
    {"filter": "until", "stops": ["\n\nQ:", "\n\nQuestion:"]},
    {"filter": "regex", "pattern": ANSWER, "ignore_case": True},
]

GSM8K = Benchmark(
    source=MappedSource(
        slug="gsm8k",
        name="GSM8K",
        description="Grade-school word problems; the number that an answer ends with counts.",
        licence="MIT",
        source="https://github.com/openai/grade-school-math (Cobbe et al. 2021, arXiv 2110.14168)",
        fields=FieldMap(input="question", target="answer"),
        target_pattern=r"#### (.+)",
        prompt="{input}\n\nWork it out step by step, and end with the answer as a number.",
        scorer="numeric",
        options={"filters": _FILTERS},
        tags=("gsm8k",),
    ),
    folder="gsm8k",
    files=(
        DataFile("test.jsonl", "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14"),
    ),
    tasks=1319,
    hub=HubFile("openai/gsm8k", "main/test-00000-of-00001.parquet"),
)
