"""GSM8K: grade-school word problems with one number as the answer."""

from corral.json_types import Json
from corral.suites.known.base import Benchmark, DataFile, HubFile
from corral.suites.mapping import FieldMap, MappedSource

# A number behind "####" that ends its line is the answer, the first one, as in the data and as
# Cobbe et al. and lm-evaluation-harness's `strict-match` read it; elsewhere the last number is, as
# by `flexible-extract`. Working in the data's form, with its "<<9*2=18>>", that never comes to an
# answer was cut off, and its last number is none: Cobbe et al. count it as wrong.
_NUMBER_SAID = r"####\s*\$?(-?[0-9.,]++)[^\S\n]*(?:\n.*)?"
_ANSWER = rf"(?s)\A(?|.*?{_NUMBER_SAID}\Z|((?!.*<<[^<>\n]*>>).*|.*(?:####|(?i:answer)|\nA:).*))\Z"
# A model without a stop goes on with a question of its own.
_FILTERS: list[Json] = [
    {"filter": "until", "stops": ["\n\nQ:", "\n\nQuestion:"]},
    {"filter": "regex", "pattern": _ANSWER},
]

GSM8K = Benchmark(
    source=MappedSource(
        slug="gsm8k",
        name="GSM8K",
        description="Grade-school word problems; the last number counts, or that behind ####.",
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
